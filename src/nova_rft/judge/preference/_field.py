"""A field: those who are compared with each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nova_rft.data import Rollout
from nova_rft.errors import JudgeError
from nova_rft.judge._request import JudgeReply, JudgeRequest
from nova_rft.judge.preference._comparisons import comparisons_of
from nova_rft.judge.preference._game import Game
from nova_rft.spec import PreferenceTerm

Reply = JudgeReply | JudgeError
Asker = Callable[[Sequence[JudgeRequest]], list[Reply]]


@dataclass
class Field:
    """Rollouts of one prompt first, then comparison responses, and what became of their games.

    Attributes:
        rows: Places of the rollouts in the event.
        task: The first of them, whose prompt and reference they share.
        texts: What each player wrote.
        games: Those played so far.
        replies: What the judge answered, kept at one player each so that sums stay true.
    """

    rows: tuple[int, ...]
    task: Rollout
    texts: tuple[str, ...]
    games: list[Game] = field(default_factory=list)
    replies: dict[int, list[Reply]] = field(default_factory=dict)

    @property
    def anchors(self) -> range:
        """Places of the comparison responses."""
        return range(len(self.rows), len(self.texts))

    @property
    def names(self) -> list[str]:
        """What traces call the players; places, since ids need not be unique."""
        rollouts = [f"rollout {place}" for place in range(len(self.rows))]
        return [*rollouts, *(f"comparison {place}" for place in range(len(self.anchors)))]

    @property
    def seeding(self) -> list[int]:
        """The players in an order that their texts decide, not their places in the event."""
        return sorted(range(len(self.texts)), key=lambda player: (self.order(player), player))

    def order(self, player: int) -> bytes:
        """A digest that puts responses to one task into an order that means nothing."""
        state = hashlib.sha256(self.task.prompt_text.encode("utf-8", "surrogatepass"))
        state.update(self.texts[player].encode("utf-8", "surrogatepass"))
        return state.digest()


def fields_of(term: PreferenceTerm, rollouts: Sequence[Rollout]) -> list[Field]:
    """Who is compared with whom: each rollout with its comparison responses, or groups of siblings."""
    groups: dict[object, list[int]] = {}
    for row, rollout in enumerate(rollouts):
        key = row if term.against == "comparisons" else rollout.group
        groups.setdefault(key, []).append(row)
    fields = []
    for rows in groups.values():
        task = rollouts[rows[0]]
        anchors = () if term.against == "siblings" else comparisons_of(term, task.metadata)
        responses = (rollouts[row].response for row in rows)
        fields.append(Field(tuple(rows), task, (*responses, *anchors)))
    return fields
