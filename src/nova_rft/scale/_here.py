"""The engine `here`: the reward on this machine, with its judges as the spec names them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nova_rft.judge.models import Totals
from nova_rft.reward import Item, Scored, answer, read_event
from nova_rft.scale._engine import Answered, Chunk

Score = Callable[[Iterable[Sequence[Item]]], Iterator[list[Scored]]]


@dataclass(frozen=True, slots=True)
class HereEngine:
    """Scores one event after the other; all of a judge's calls for one event are in flight together.

    Attributes:
        scores: The scores of each event, in order.
        totals: What the judges took so far.
    """

    scores: Score
    totals: Callable[[], Totals]
    name: str = "here"

    def score(self, chunks: Iterable[Chunk]) -> Iterator[Answered]:
        """What came of each chunk, in order; see `Engine.score`."""
        taken: deque[Chunk] = deque()

        def events() -> Iterator[list[Item]]:
            for chunk in chunks:
                taken.append(chunk)
                yield read_event(json.loads(chunk.payload))

        before = self.totals()
        for scored in self.scores(events()):
            after = self.totals()
            yield Answered(taken.popleft(), answer(scored), after - before)
            before = after
