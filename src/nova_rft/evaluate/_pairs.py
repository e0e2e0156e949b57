"""A contender's answers against the base's, in both orders, by a judge that prefers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from nova_rft.calibrate import Figure
from nova_rft.calibrate.metrics import Floats
from nova_rft.data import Rollout
from nova_rft.errors import BudgetSpent
from nova_rft.evaluate._gain import Gain, How
from nova_rft.evaluate._length import length_controlled
from nova_rft.evaluate._score import mean_of
from nova_rft.judge import JudgeModel, PreferenceJudge
from nova_rft.outcome import Abstention, Cause
from nova_rft.spec import Criterion, JudgeModelSpec, PreferenceTerm, RewardSpec, RubricTerm

# A field that no record has.
_AGAINST: Final = "\x00base"
_TOGETHER: Final = 64
# What stands for an answer without text: the judge is shown that there is none.
_EMPTY: Final = "(the answer is empty)"


@dataclass(frozen=True, slots=True)
class Pair:
    """One answer against one of the base's to the same prompt.

    Attributes:
        prompt: Its place.
        share: 1 where the contender won in both orders, 0 where it lost, else 0.5.
        longer: Characters by which the contender's answer is longer.
        slots: What the judge took, order by order; none for equal texts.
        reason: The judge's first.
    """

    prompt: int
    share: float
    longer: float
    slots: tuple[str, ...] = ()
    reason: str = ""

    @property
    def consistent(self) -> bool | None:
        """Whether both orders agree; None where nothing was asked."""
        if len(self.slots) < 2:
            return None
        return set(self.slots) in ({"first", "second"}, {"tie"})


@dataclass(frozen=True, slots=True)
class Wins:
    """How a contender fares against the base, pair by pair.

    Attributes:
        rate: Share of pairs won, a tie counting half.
        controlled: The same were the answers equally long; see `length_controlled`.
        pairs: That were judged.
        unjudged: That could not be.
        ties: Share of ties, orders that disagree included.
        consistent: Share of pairs on which both orders agree; None where none was asked.
        first_slot: Share of decided readings that went to the answer that stood first; 0.5 is unbiased.
        longer: By how many characters the contender's answers are longer, on average.
    """

    rate: Figure
    controlled: Figure
    pairs: int
    unjudged: int
    ties: float
    consistent: float | None
    first_slot: float | None
    longer: float

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        counted = {name: getattr(self, name) for name in self.__slots__[2:]}
        return {"rate": self.rate.as_dict(), "controlled": self.controlled.as_dict(), **counted}


def pair_term(
    judge: JudgeModelSpec, criteria: Sequence[Criterion], reward: RewardSpec
) -> PreferenceTerm:
    """The question about a pair: by some criteria, else by those of the reward's rubrics."""
    known = list(criteria)
    if not known:
        rubrics = [term for term in reward.terms if isinstance(term, RubricTerm)]
        by_name = {one.name: one for term in rubrics for one in term.criteria}
        known = list(by_name.values())
    return PreferenceTerm(
        name="pairs",
        type="preference",
        model=judge,
        criteria=tuple(known),
        against="comparisons",
        comparisons=_AGAINST,
    )


def play(
    term: PreferenceTerm,
    model: JudgeModel,
    mine: Sequence[Sequence[Rollout]],
    base: Sequence[Sequence[Rollout]],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[list[Pair], int]:
    """Each answer against the base's of the same number; what was judged, and how many were not.

    Args:
        term: As `pair_term` makes it.
        model: That judges.
        mine: For each prompt the contender's answers.
        base: For each prompt the base's.
        progress: Told how many prompts of how many are judged.

    Raises:
        BudgetSpent: the judge could not be paid.
    """
    judge = PreferenceJudge(term, model)
    pairs: list[Pair] = []
    unjudged = 0
    for start in range(0, len(mine), _TOGETHER):
        progress(start, len(mine))
        both = [
            (start + place, one, other)
            for place, (ones, others) in enumerate(
                zip(mine[start : start + _TOGETHER], base[start : start + _TOGETHER], strict=True)
            )
            for one, other in zip(ones, others, strict=False)
        ]
        found = judge.score([_against(one, other) for _, one, other in both])
        for (place, one, other), outcome in zip(both, found, strict=True):
            if isinstance(outcome, Abstention):
                if outcome.cause is Cause.BUDGET_SPENT:
                    raise BudgetSpent(outcome.detail)
                unjudged += 1
                continue
            game = outcome.details["games"][0]
            longer = float(len(one.response) - len(other.response))
            slots = tuple(map(str, game["slots"]))
            pairs.append(Pair(place, float(game["share"]), longer, slots, str(game["reason"])))
    return pairs, unjudged


def _against(one: Rollout, other: Rollout) -> Rollout:
    mine, base = (each.response if each.response.strip() else _EMPTY for each in (one, other))
    return replace(one, response=mine, metadata={**one.metadata, _AGAINST: base})


def shares(pairs: Sequence[Pair], prompts: int) -> Floats:
    """For each prompt the mean share won; NaN where no pair was judged."""
    groups: list[list[float]] = [[] for _ in range(prompts)]
    for pair in pairs:
        groups[pair.prompt].append(pair.share)
    return mean_of(groups)


def wins(pairs: Sequence[Pair], unjudged: int, gain: Gain, prompts: int, how: How) -> Wins:
    """All figures of the pairs.

    Args:
        pairs: That were judged.
        unjudged: How many were not.
        gain: Of the shares over a half, prompt by prompt.
        prompts: How many prompts there are.
        how: How intervals are made.
    """
    shares_N = np.array([one.share for one in pairs])
    longer_N = np.array([one.longer for one in pairs])
    prompt_N = np.array([one.prompt for one in pairs], dtype=np.intp)
    agreed = [one.consistent for one in pairs if one.consistent is not None]
    decided = [slot for one in pairs for slot in one.slots if slot != "tie"]
    return Wins(
        rate=_from_half(gain.figure),
        controlled=length_controlled(shares_N, longer_N, prompt_N, prompts, how),
        pairs=len(pairs),
        unjudged=unjudged,
        ties=sum(one.share == 0.5 for one in pairs) / len(pairs) if pairs else 0.0,
        consistent=sum(agreed) / len(agreed) if agreed else None,
        first_slot=decided.count("first") / len(decided) if decided else None,
        longer=float(np.mean(longer_N)) if pairs else 0.0,
    )


def _from_half(figure: Figure) -> Figure:
    def up(value: float | None) -> float | None:
        return None if value is None else value + 0.5

    return Figure(up(figure.value), up(figure.low), up(figure.high), figure.reason)
