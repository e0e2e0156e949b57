"""What a rehearsal is asked for, and who is told how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from nova_rft.rehearse._measure import Step
from nova_rft.reward.contract import Call
from nova_rft.spec import RewardSpec


@dataclass(frozen=True, slots=True)
class Asked:
    """What is rehearsed.

    Attributes:
        reward: The spec's.
        records: Its training records.
        validation: Its validation records; none: some of the training records are held out.
        call: The reward, here or in AWS.
        through: Which of the two.
        max_new_tokens: What the spec gives a response, for policies that are not tiny.
        known_as: Digest of the spec's own reward, by which the run is found again; empty: of `reward`.
    """

    reward: RewardSpec
    records: Sequence[Any]
    validation: Sequence[Any]
    call: Call
    through: Literal["here", "lambda"] = "here"
    max_new_tokens: int | None = None
    known_as: str = ""


class Progress(Protocol):
    """Who is told how far it is."""

    def phase(self, name: str, done: int, most: int) -> None:
        """A phase (loading, skill, habits, forecast, training) and how far it is."""
        ...

    def step(self, step: Step) -> None:
        """What a step of training, or a look at held-out prompts, measured."""
        ...


class Silent:
    """Tells nobody."""

    def phase(self, name: str, done: int, most: int) -> None:
        """Nothing."""

    def step(self, step: Step) -> None:
        """Nothing."""
