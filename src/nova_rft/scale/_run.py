"""The whole of it: what the ledger lacks is scored, and every item gets its row, in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.scale._engine import Answered, Chunk, Engine, Row, unavailable
from nova_rft.scale._ledger import Ledger
from nova_rft.scale._summary import Means, Summary
from nova_rft.scale._work import Work

# Reasons that people are shown.
_SHOWN: Final = 3
# How often what had no answer is asked for at most in one run.
_PASSES: Final = 4
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a chunk may be: items, and bytes of its event."""

    items: int = 256
    size: int = 5_500_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the ledger lacks; each time that it is gone through, what it lacks then."""

    work: Work
    ledger: Ledger
    limits: Limits

    def __iter__(self) -> Iterator[Chunk]:
        """The chunks."""
        return self.work.chunks(
            self.limits.items, self.limits.size, lambda keys: not self.ledger.knows(keys)
        )


class Scoring:
    """One file scored by one engine; its rows are there once it has run."""

    def __init__(self, work: Work, ledger: Ledger, engine: Engine, limits: Limits) -> None:
        """Takes what is to be scored, what is known, and who scores the rest."""
        self.work = work
        self.ledger = ledger
        self.engine = engine
        self.limits = limits
        self._failures: dict[str, str] = {}

    def run(self, progress: Progress = lambda done, of: None) -> Summary:
        """Scores what the ledger lacks; the summary of all items.

        Each chunk is written down before the next one is taken note of, so that the same call goes on
        after any end.

        Raises:
            EngineFailed: the engine cannot go on; what it scored is kept.
        """
        began = time.monotonic()
        items = len(self.work)
        summary = Summary(self.engine.name, items=items)
        summary.known = done = sum(self.ledger.knows([key]) for _, _, key in self.work.places())
        progress(done, items)
        missing = items + 1
        for _ in range(_PASSES):
            before, missing = missing, 0
            for answered in self.engine.score(Waiting(self.work, self.ledger, self.limits)):
                self._keep(answered, summary)
                missing += sum(map(unavailable, answered.rows))
                done += len(answered.chunk.keys)
                progress(min(done, items), items)
            # Again at once, as long as that helps: judges that had no room may have some by now.
            if not 0 < missing < before:
                break
            done -= missing
        means = Means()
        for (_, key), row in self._found():
            means.add(row)
            if row is None and len(summary.failures) < _SHOWN:
                summary.failures.append(self._failures.get(key, ""))
        means.into(summary)
        summary.failures = list(dict.fromkeys(filter(None, summary.failures)))
        summary.spent_in_all, _ = self.ledger.spent
        summary.seconds = time.monotonic() - began
        return summary

    def _keep(self, answered: Answered, summary: Summary) -> None:
        self.ledger.keep(answered)
        if answered.failure:
            self._failures |= dict.fromkeys(answered.chunk.keys, answered.failure)
        elif answered.spent is None:
            summary.unknown += 1
        else:
            summary.spent = summary.spent + answered.spent

    def rows(self) -> Iterator[dict[str, Any]]:
        """One for each item, in the file's order, under its id; after `run`.

        An item that could not be scored has the score null, and says why in `failure`.
        """
        for (given, key), row in self._found():
            if row is None:
                why = self._failures.get(key, "not scored yet")
                yield {
                    "id": given,
                    "aggregate_reward_score": None,
                    "metrics_list": [],
                    "failure": why,
                }
            else:
                yield {**row, "id": given}

    def _found(self) -> Iterator[tuple[tuple[Any, str], Row | None]]:
        for _, given, key in self.work.places():
            yield (given, key), self.ledger.row(key)
