"""Rollouts that may be labelled, and what the reward said of them, where it said something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nova_rft.data import Rollout
from nova_rft.label._unsure import unsure_in_details, unsure_in_metrics
from nova_rft.reward import BadItem
from nova_rft.rollouts import Seen, read_seen
from nova_rft.spec import JUDGE_TERMS, JudgeTerm, RewardSpec


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rollout that may be labelled.

    Attributes:
        rollout: What the policy was asked, and its response.
        reward: What the reward gave; None where it abstained, or where nothing is known.
        values: Raw value of each of the spec's terms that has one.
        unsure: How unsure its judges were, 0 to 1; None where that is not known.
    """

    rollout: Rollout
    reward: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    unsure: float | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What files of rollouts hold.

    Attributes:
        candidates: In the order of the files.
        unread: Items that hold no rollout.
        problem: What is wrong with the first of them.
    """

    candidates: tuple[Candidate, ...]
    unread: int = 0
    problem: str = ""


def read_candidates(path: Path, reward: RewardSpec, scores: Path | None = None) -> Read:
    """Reads rollouts: reward events, alone or with their scores, or traces, which hold both.

    Args:
        path: A JSON list or JSON Lines of either, packed or not; or a folder of such files.
        reward: Names the terms.
        scores: The answer to these events, as `nova-rft score --json` or the Lambda gives it.

    Raises:
        UsageError: a file is missing or is no such thing, or scores are those of other events.
    """
    found: list[Candidate] = []
    problems: list[str] = []
    for seen in read_seen(path, scores):
        one = seen if isinstance(seen, BadItem) else _candidate(seen, reward)
        if isinstance(one, BadItem):
            problems.append(f"{one.id or 'an item'}: {one.problem}")
        else:
            found.append(one)
    return Read(tuple(found), len(problems), problems[0] if problems else "")


def _candidate(seen: Seen, reward: RewardSpec) -> Candidate | BadItem:
    judges = [term for term in reward.terms if isinstance(term, JUDGE_TERMS)]
    try:
        unsure = _mean([_unsure(term, seen) for term in judges])
    except (AttributeError, KeyError, TypeError, ValueError):
        return BadItem(seen.rollout.id, "terms: are not what the reward function's traces hold")
    names = [term.name for term in reward.terms]
    values = {name: seen.values[name] for name in names if name in seen.values}
    return Candidate(seen.rollout, seen.reward, values, unsure)


def _unsure(term: JudgeTerm, seen: Seen) -> float | None:
    if seen.metrics:
        return unsure_in_metrics(term, _under(term.name, seen.metrics))
    return unsure_in_details(term, seen.said.get(term.name, {}))


def _under(term: str, metrics: Mapping[str, float]) -> dict[str, float]:
    """A term's own metrics, by their names under it."""
    start = f"{term}."
    return {
        key.removeprefix(start): value for key, value in metrics.items() if key.startswith(start)
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
