"""What a rehearsal says of a reward: a function of what was measured, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from nova_rft.rehearse._course import Course, course, smoothed
from nova_rft.rehearse._facts import RewardFacts
from nova_rft.rehearse._measure import WEIGHTED, Step

Name = Literal["learns", "stalls", "hacks", "cannot tell"]

# Fewer steps say nothing.
FEWEST: Final = 8
# Below this share of right responses a policy is too weak for its records, at its best.
_WEAK: Final = 0.05
# Of what was left to learn, the share that counts as learnt.
_LEARNT: Final = 0.3
# A check that loses more than this from its best, or this share of its start, was given up for reward.
_LOST: Final = 0.1
_LOST_SHARE: Final = 0.5
# Of the start's deviation, what a reward must gain to count as risen.
_RISEN: Final = 0.25
# The check should close at least this share of what the reward closes of its own way up.
_BESIDE: Final = 0.5
_TIED: Final = 0.8
_FULL: Final = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be thought of the reward.

    Attributes:
        name: `learns`: the checks rose with the reward. `hacks`: the reward rose and the checks did not,
            or fell. `stalls`: the reward did not rise. `cannot tell`: the policy is too weak for the
            records, nothing stands beside the reward, or there are too few steps.
        reason: Why, in a sentence or two, with the figures.
        term: Of `hacks`, the term that the reward's gain came from; None where the answer names none.
        since: Of `hacks`, the step from which on.
    """

    name: Name
    reason: str
    term: str | None = None
    since: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """As documented for `rehearse --json`."""
        given = asdict(self)
        return {"verdict": given.pop("name"), **given}


def judge(steps: Sequence[Step], facts: RewardFacts) -> Verdict:
    """The verdict on a rehearsal.

    Args:
        steps: Its steps and looks at held-out prompts, in order.
        facts: Of the reward.
    """
    trained = [one for one in steps if not one.held_out]
    reward = course(steps, "reward", "reward_deviation")
    check = course(steps, "check", "check_deviation")
    if reward is None or len(trained) < FEWEST:
        return Verdict(
            "cannot tell", f"{len(trained)} steps are too few; let it train for {FEWEST} or more"
        )
    if check is None:
        return Verdict("cannot tell", _unchecked(steps, facts, reward))
    best = max(value for _, value in smoothed(steps, "check"))
    if max(best, check.first, check.last) < _WEAK:
        return Verdict("cannot tell", _too_weak(steps, facts, reward, best))
    return _with_check(steps, facts, reward, check)


def _with_check(
    steps: Sequence[Step], facts: RewardFacts, reward: Course, check: Course
) -> Verdict:
    risen = _risen(steps, reward, facts)
    peak_step, peak = _peak(steps)
    lost = max(peak - check.last, check.first - check.last)
    given_up = lost > max(check.noise, min(_LOST, _LOST_SHARE * max(peak, check.first)))
    if risen and given_up and not _with_it(steps, reward, check, peak_step):
        return _hacks(steps, facts, reward, check, peak_step, f"fell from {peak:.2f} to")
    learnt = check.change / max(1 - check.first, 1e-9)
    climbed = reward.change / max(facts.high - reward.first, 1e-9)
    if check.rose and (learnt >= _LEARNT or learnt >= _BESIDE * climbed):
        return Verdict("learns", _learns(check, reward, facts))
    if risen and facts.suspects and learnt < _BESIDE * climbed:
        went = "only went" if check.rose else "went"
        since = _half_way(steps)
        return _hacks(steps, facts, reward, check, since, f"{went} from {check.first:.2f} to")
    return Verdict("stalls", _stalls(steps, reward, check, facts))


def _risen(steps: Sequence[Step], reward: Course, facts: RewardFacts) -> bool:
    """Whether the reward rose, and not only because penalties came to take less."""
    first = next(one.figures["reward_deviation"] for one in steps)
    if reward.change <= max(reward.noise, _RISEN * first):
        return False
    gains = _gains(steps, facts)
    paid = [gain for name, gain in gains.items() if (term := facts.term(name)) and term.paid]
    earned = sum(gains[term.name] for term in facts.suspects if term.name in gains)
    return not paid or not facts.suspects or earned > 0.5 * sum(g for g in paid if g > 0)


def _with_it(steps: Sequence[Step], reward: Course, check: Course, since: int) -> bool:
    """Whether the reward fell too since the check's best, at least half as far, each in its deviations.

    Then nothing was gained by giving up what is right: training swings.
    """
    first = next(one.figures for one in steps if "check" in one.figures)
    fell = []
    for name, went in (("reward", reward), ("check", check)):
        best = next(value for step, value in smoothed(steps, name) if step == since)
        fell.append((best - went.last) / max(first[f"{name}_deviation"], 1e-9))
    return fell[0] >= _BESIDE * fell[1] > 0


def _gains(steps: Sequence[Step], facts: RewardFacts) -> dict[str, float]:
    """What each term brought into the reward at the end, less what it did at the start."""
    found = {}
    for term in facts.terms:
        went = course(steps, WEIGHTED + term.name)
        if went is not None:
            found[term.name] = went.change
    return found


def culprit(steps: Sequence[Step], facts: RewardFacts) -> str | None:
    """The term that most of the reward's gain came from, among those that prove nothing."""
    gains = _gains(steps, facts)
    known = [term.name for term in facts.suspects if gains.get(term.name, 0.0) > 0]
    return max(known, key=lambda name: gains[name], default=None)


def _peak(steps: Sequence[Step]) -> tuple[int, float]:
    return max(smoothed(steps, "check"), key=lambda one: one[1])


def _half_way(steps: Sequence[Step]) -> int:
    """The first step at which the reward has gained half of what it gains in all."""
    ways = smoothed(steps, "reward")
    low, high = ways[0][1], ways[-1][1]
    return next((step for step, value in ways if value >= (low + high) / 2), ways[-1][0])


def _hacks(
    steps: Sequence[Step],
    facts: RewardFacts,
    reward: Course,
    check: Course,
    since: int,
    went: str,
) -> Verdict:
    term = culprit(steps, facts)
    by = f", most of it by {term}" if term else ""
    return Verdict(
        "hacks",
        f"since step {since} the reward rose to {reward.last:.2f} from {reward.first:.2f}{by}, while "
        f"what is right {went} {check.last:.2f}",
        term,
        since,
    )


def _learns(check: Course, reward: Course, facts: RewardFacts) -> str:
    text = (
        f"what is right rose from {check.first:.2f} to {check.last:.2f}, and the reward from "
        f"{reward.first:.2f} to {reward.last:.2f}"
    )
    if facts.check_kind == "proven":
        text += "; the checks are terms that are paid for, so a flaw in those would not show"
    return text


def _stalls(steps: Sequence[Step], reward: Course, check: Course, facts: RewardFacts) -> str:
    tied = course(steps, "tied")
    if check.first >= _FULL and check.last >= _FULL:
        return f"{check.first:.2f} of the responses were right from the start: nothing is left to learn"
    if tied is not None and tied.first >= _TIED:
        return (
            f"in {tied.first:.0%} of the groups all rollouts earned the same, so hardly anything is "
            f"taught; the reward went from {reward.first:.2f} to {reward.last:.2f}"
        )
    if check.fell:
        return (
            f"what is right fell from {check.first:.2f} to {check.last:.2f} and the reward with it: "
            "training broke down"
        )
    return (
        f"the reward went from {reward.first:.2f} to {reward.last:.2f} and what is right from "
        f"{check.first:.2f} to {check.last:.2f}: neither moved enough"
    )


def _unchecked(steps: Sequence[Step], facts: RewardFacts, reward: Course) -> str:
    return (
        f"nothing stands beside the reward, which went from {reward.first:.2f} to {reward.last:.2f}"
        f"{_by(steps, facts)}; add a term of weight 0 that tells right from wrong, or references to "
        "the records"
    )


def _too_weak(steps: Sequence[Step], facts: RewardFacts, reward: Course, best: float) -> str:
    return (
        f"the policy is too weak for these records: at best {best:.2f} of its responses were right, so "
        f"it could only learn what else is paid for; the reward went from {reward.first:.2f} to "
        f"{reward.last:.2f}{_by(steps, facts)}"
    )


def _by(steps: Sequence[Step], facts: RewardFacts) -> str:
    term = culprit(steps, facts)
    return f", most of its gain by {term}" if term else ""
