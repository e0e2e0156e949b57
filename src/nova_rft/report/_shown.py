"""Rollouts as a page shows them, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from nova_rft.report._marks import Piece


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a prompt, cut to a length that can be read."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class VerdictShown:
    """A judge's verdict on one criterion."""

    criterion: str
    met: bool
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class TermShown:
    """One term's reading of one rollout; value and weighted are None where it abstained."""

    name: str
    value: float | None
    weighted: float | None
    abstained: str | None
    notes: list[str]
    verdicts: list[VerdictShown]


@dataclass(frozen=True, slots=True)
class Example:
    """One rollout to read."""

    id: str
    group: str
    at: str
    reward: float
    abstained: str | None
    length: int
    prompt: list[Turn]
    response: str
    reference: str | None
    terms: list[TermShown]


@dataclass(frozen=True, slots=True)
class RolloutShown:
    """One rollout beside its siblings.

    Attributes:
        id: Its own.
        reward: What went to the trainer.
        advantage: How much better than its siblings that makes it, as GRPO reckons.
        abstained: Why it has no score of its own; None where it has one.
        length: Of the response.
        pieces: The response, what verdicts quote told apart.
        terms: What each term said.
        unfound: Criteria whose evidence does not stand in the response word for word.
        made: How the reward came of the terms, in a sentence; empty where that cannot be told.
        closed: Gates that it failed, so that its reward is at the floor.
    """

    id: str
    reward: float
    advantage: float
    abstained: str | None
    length: int
    pieces: list[Piece]
    terms: list[TermShown]
    unfound: list[str]
    made: str = ""
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupShown:
    """The rollouts of one prompt in one event, the best reward first.

    Attributes:
        name: The prompt's group.
        event: Which reward event, from 1.
        prompt: Its turns.
        reference: The reference answer; None where there is none.
        low: Least reward.
        high: Greatest reward.
        kinds: What makes it worth reading: see `nova_rft.report._kinds`.
        rollouts: All of its rollouts.
    """

    name: str
    event: int
    prompt: list[Turn]
    reference: str | None
    low: float
    high: float
    kinds: list[str]
    rollouts: list[RolloutShown]


@dataclass(frozen=True, slots=True)
class Reading:
    """The rollouts that a page holds, of all that there are.

    Attributes:
        groups: The prompts, the most telling first.
        rollouts: How many rollouts these have.
        of_rollouts: How many there are in all.
        of_groups: How many prompts there are in all, each event's apart.
        kinds: Of each kind how many groups there are in all.
        traces: Where all of them lie; empty where that is not known.
    """

    groups: list[GroupShown]
    rollouts: int
    of_rollouts: int
    of_groups: int
    kinds: dict[str, int]
    traces: str
