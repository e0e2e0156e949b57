"""What answers are measured by: the reward and its parts, the judge's criteria, wins, habits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from nova_rft.errors import UsageError
from nova_rft.outcome import Score
from nova_rft.reward import Scored
from nova_rft.spec import (
    JUDGE_TERMS,
    Combine,
    Criterion,
    FlatteryTerm,
    FollowingTerm,
    FunctionTerm,
    HedgingTerm,
    JudgeModelSpec,
    KimiLengthTerm,
    OnAbstain,
    PreferenceTerm,
    RefusalTerm,
    RepetitionTerm,
    RewardSpec,
    RubricTerm,
    TermModel,
    TermSpec,
    VerifierTerm,
)

REWARD: Final = "reward"
WIN_RATE: Final = "win_rate"
RUBRIC: Final = "rubric"

Kind = Literal[
    "reward",
    "verifier",
    "function",
    "penalty",
    "judge",
    "criterion",
    "pairs",
    "bedrock",
    "habit",
    "skill",
]


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that answers are measured by.

    Attributes:
        name: In reports and in `evaluation.primary`.
        kind: Where it comes from.
        better: 1 where more is better, -1 where less is; 0 where neither is, by itself.
        width: Between its lowest and its highest value; 0 where it has no bounds.
    """

    name: str
    kind: Kind
    better: int = 1
    width: float = 1.0


def comparable(reward: RewardSpec) -> tuple[RewardSpec | None, tuple[str, ...]]:
    """The reward without terms that compare siblings, and the names of these.

    What such a term gives depends on the other answers of the same model: between two models it means
    nothing. None where no term is left.
    """
    apart = {
        term.name
        for term in reward.terms
        if isinstance(term, KimiLengthTerm)
        or (isinstance(term, PreferenceTerm) and term.against != "comparisons")
    }
    apart |= {t.name for t in reward.terms if isinstance(t, FollowingTerm) and t.of in apart}
    left = tuple(term for term in reward.terms if term.name not in apart)
    if not left:
        return None, tuple(sorted(apart))
    # An answer that could not be scored is missing here, whatever a trainer would be told.
    changed = {"terms": left, "on_abstain": OnAbstain.GROUP_MEAN}
    return reward.model_copy(update=changed), tuple(sorted(apart))


def rubric_reward(
    judge: JudgeModelSpec, criteria: tuple[Criterion, ...], reward: RewardSpec
) -> RewardSpec:
    """The evaluation's own criteria as a reward of one rubric.

    Raises:
        UsageError: a term of the reward has its name.
    """
    if any(term.name == RUBRIC for term in reward.terms):
        raise UsageError(
            f"a term of the reward is called {RUBRIC}, as evaluation.criteria are; rename the term"
        )
    term = RubricTerm(name=RUBRIC, type="rubric", model=judge, criteria=criteria)
    return sum_of((term,), reward)


def habits_reward(reward: RewardSpec) -> RewardSpec:
    """Habits that any text may have, as penalties; none of them asks a judge."""
    terms = (
        RepetitionTerm(name="repetition", type="repetition"),
        RefusalTerm(name="refusal", type="needless_refusal"),
        HedgingTerm(name="hedging", type="hedging"),
        FlatteryTerm(name="flattery", type="flattery"),
    )
    return sum_of(terms, reward)


def sum_of(terms: tuple[TermSpec, ...], reward: RewardSpec) -> RewardSpec:
    """Terms as a reward of their own, 0 to 1, with the prices and files of another."""
    bounded = all(_width(term) for term in terms)
    changed = {
        "terms": terms,
        "range": (0.0, 1.0),
        "combine": Combine.WEIGHTED_SUM,
        "scale": "linear" if bounded else "clip",
        "on_abstain": OnAbstain.GROUP_MEAN,
    }
    return reward.model_copy(update=changed)


def measures_of(reward: RewardSpec) -> Iterator[Measure]:
    """The terms of a reward, each with the criteria that the spec gives it."""
    for term in reward.terms:
        yield Measure(term.name, _kind(term), 1, _width(term))
        if isinstance(term, RubricTerm) and term.aggregate != "holistic":
            for criterion in term.criteria:
                yield Measure(
                    f"{term.name}.{criterion.name}", "criterion", -1 if criterion.weight < 0 else 1
                )


def _kind(term: TermModel) -> Kind:
    if isinstance(term, JUDGE_TERMS):
        return "judge"
    if isinstance(term, VerifierTerm):
        return "verifier"
    return "function" if isinstance(term, FunctionTerm) else "penalty"


def _width(term: TermModel) -> float:
    bounds = term.natural_bounds
    if bounds is None or not all(map(math.isfinite, bounds)):
        return 0.0
    return bounds[1] - bounds[0]


def values_of(scored: Scored) -> dict[str, float]:
    """What an answer was worth by each measure that could be told."""
    found: dict[str, float] = {}
    if isinstance(scored.outcome, Score):
        found[REWARD] = scored.outcome.value
    for name, outcome in scored.terms.items():
        if isinstance(outcome, Score):
            found[name] = outcome.value
            found |= {f"{name}.{one}": value for one, value in _criteria(outcome.details, outcome)}
    return found


def _criteria(details: Mapping[str, Any], outcome: Score) -> Iterator[tuple[str, float]]:
    """A rubric's verdicts, criterion by criterion."""
    for verdict in details.get("verdicts", ()):
        if isinstance(verdict, Mapping) and verdict.get("criterion") in outcome.metrics:
            name = str(verdict["criterion"])
            yield name, outcome.metrics[name]
