"""What will be measured: rewards, pairs, skills, slices, and the measure whose verdict counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nova_rft.errors import UsageError
from nova_rft.evaluate._judge import graded_by
from nova_rft.evaluate._measures import (
    REWARD,
    RUBRIC,
    WIN_RATE,
    Measure,
    comparable,
    measures_of,
    rubric_reward,
    sum_of,
)
from nova_rft.evaluate._pairs import pair_term
from nova_rft.spec import EvaluationSpec, JudgeModelSpec, PreferenceTerm, RewardSpec, Skill, Spec

# A twentieth of what a measure spans, where the user names no smallest gain of interest.
_SMALLEST = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be measured.

    Attributes:
        reward: The spec's, graded by the evaluation's judge; None where all its terms compare siblings.
        left_out: Those terms.
        rubric: The evaluation's own criteria.
        pairs: The question about pairs; None without a judge.
        skills: Each with its reward.
        measures: All but habits and skills, in order.
        primary: Whose verdict counts.
        smallest: The smallest gain of it that would matter.
        slices: Fields of the records.
    """

    reward: RewardSpec | None
    left_out: tuple[str, ...]
    rubric: RewardSpec | None
    pairs: PreferenceTerm | None
    skills: tuple[tuple[Skill, RewardSpec], ...]
    measures: tuple[Measure, ...]
    primary: Measure
    smallest: float
    slices: tuple[str, ...]

    @property
    def rewards(self) -> tuple[RewardSpec, ...]:
        """Those that score the held-out records."""
        return tuple(one for one in (self.reward, self.rubric) if one is not None)


def plan_of(spec: Spec, asked: EvaluationSpec, judge: JudgeModelSpec | None) -> Plan:
    """What an evaluation measures.

    Args:
        spec: Its reward.
        asked: The spec's evaluation, flags put in their places.
        judge: That grades; None where none does.

    Raises:
        UsageError: the primary measure is none, or the smallest gain of it is not known.
    """
    graded = graded_by(spec.measured_reward, judge)
    reward, left_out = comparable(graded)
    rubric = None
    if asked.criteria:
        if judge is None:
            raise UsageError("evaluation.criteria need a judge: --judge MODEL or evaluation.judge")
        rubric = rubric_reward(judge, asked.criteria, graded)
    pairs = pair_term(judge, asked.criteria, graded) if judge else None
    measures = tuple(_measures(reward, rubric, pairs))
    named = asked.primary
    if spec.reward is None and asked.criteria and named == REWARD:
        # Where nothing is rewarded the criteria are all that was said of what is good.
        named = RUBRIC
    primary = _primary(named, measures, left_out)
    return Plan(
        reward,
        left_out,
        rubric,
        pairs,
        tuple((one, sum_of(one.terms, graded)) for one in asked.skills),
        measures,
        primary,
        _smallest(asked, primary),
        asked.slices,
    )


def _measures(
    reward: RewardSpec | None, rubric: RewardSpec | None, pairs: PreferenceTerm | None
) -> list[Measure]:
    found = []
    if reward is not None:
        low, high = reward.range
        found += [Measure(REWARD, "reward", 1, high - low), *measures_of(reward)]
    if pairs is not None:
        # Of shares that lie around a half.
        found.append(Measure(WIN_RATE, "pairs", 1, 0.5))
    if rubric is not None:
        found += measures_of(rubric)
    return found


def _primary(name: str, measures: Sequence[Measure], left_out: Sequence[str]) -> Measure:
    known = {one.name: one for one in measures}
    if name in known:
        return known[name]
    if name in (*left_out, REWARD) and left_out:
        raise UsageError(
            f"evaluation.primary {name}: {', '.join(left_out)} compare a model's answers with each "
            "other, which says nothing between models; name another measure, such as win_rate"
        )
    needs = " (it needs a judge: --judge MODEL)" if name in (WIN_RATE, RUBRIC) else ""
    raise UsageError(
        f"evaluation.primary: there is no measure {name}{needs}; name one of {', '.join(known)}"
    )


def _smallest(asked: EvaluationSpec, primary: Measure) -> float:
    if asked.smallest_gain is not None:
        return asked.smallest_gain
    if not primary.width:
        raise UsageError(
            f"{primary.name} has no bounds, so say which gain would matter: evaluation.smallest_gain"
        )
    return _SMALLEST * (1.0 if primary.name == WIN_RATE else primary.width)
