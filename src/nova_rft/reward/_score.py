"""What scoring one rollout gave, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nova_rft.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Scored:
    """One rollout's whole outcome.

    Attributes:
        id: The rollout's id, or whatever an item that holds none had in its place.
        group: Its group.
        terms: Raw result of each term, by the term's name, in the spec's order.
        weighted: What each term brought into the reward: weight times clipped value in a weighted sum,
            its factor in a product, its share where the order decides. Also of a term that abstained
            and counted as its siblings' mean.
        outcome: The composed reward, or why there is none.
        wire: What goes to the trainer: the reward, or what `on_abstain` makes of an abstention.
        values: Clipped value of each term that has one, before its weight.
    """

    id: Any
    group: str
    terms: Mapping[str, Outcome]
    weighted: Mapping[str, float]
    outcome: Outcome
    wire: float
    values: Mapping[str, float] = field(default_factory=dict)
