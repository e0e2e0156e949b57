"""What an engine is: chunks of items in, a row for each item out, wherever they are scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, Protocol

from nova_rft.errors import FindingsError
from nova_rft.judge.models import Totals
from nova_rft.outcome import Cause

Row = Mapping[str, Any]
# Told how far things are that take long.
Say = Callable[[str], None]
# An abstention for one of these is worth asking again; every other one stands.
PASSING: Final = (Cause.JUDGE_UNAVAILABLE, Cause.BUDGET_SPENT, Cause.DEADLINE)
_CAUSE: Final = "abstained."


def say_nothing(text: str) -> None:
    """Tells nobody."""


class EngineFailed(FindingsError):
    """An engine cannot go on, though what it scored so far is kept."""


@dataclass(frozen=True)
class Chunk:
    """Whole groups of items that are scored together, as one reward event.

    Attributes:
        keys: Of each item, what the ledger knows it by.
        raws: Each item as JSON, as a trainer would send it.
        groups: How many items each group has; they lie one after the other.
    """

    keys: tuple[str, ...]
    raws: tuple[bytes, ...]
    groups: tuple[int, ...]

    @cached_property
    def key(self) -> str:
        """A digest of what is in it."""
        return sha256("".join(self.keys).encode()).hexdigest()[:32]

    @property
    def payload(self) -> bytes:
        """The event, as it is sent."""
        return b"[" + b",".join(self.raws) + b"]"

    @property
    def size(self) -> int:
        """Bytes of the event."""
        return sum(map(len, self.raws)) + len(self.raws) + 1

    def halves(self) -> list[Chunk]:
        """The same groups in two chunks; itself alone where it is one group."""
        if len(self.groups) < 2:
            return [self]
        middle = len(self.groups) // 2
        place = sum(self.groups[:middle])
        return [
            Chunk(self.keys[:place], self.raws[:place], self.groups[:middle]),
            Chunk(self.keys[place:], self.raws[place:], self.groups[middle:]),
        ]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a chunk.

    Attributes:
        chunk: Which one.
        rows: One for each of its items, as the reward answers them; none where it failed.
        spent: What its judges took; None where nobody said.
        failure: Why it could not be scored; empty where it was.
        part: Under which name the rows lie in the ledger in S3 already, where they do.
    """

    chunk: Chunk
    rows: Sequence[Row] = ()
    spent: Totals | None = field(default_factory=Totals)
    failure: str = ""
    part: str | None = None


class Engine(Protocol):
    """Whatever scores chunks: this machine, the deployed function, Step Functions, batches."""

    @property
    def name(self) -> str:
        """As `--engine` calls it."""
        ...

    def score(self, chunks: Iterable[Chunk]) -> Iterator[Answered]:
        """What came of each chunk, in any order, as soon as it is there.

        Args:
            chunks: To be scored; may be gone through more than once, and then holds what is not yet in
                the ledger.

        Raises:
            EngineFailed: there is no use in going on.
        """
        ...


def cause_of(row: Row) -> str:
    """Why a row's item was not scored; empty where it was."""
    for metric in row.get("metrics_list", ()):
        if metric["name"] == "abstained" and not metric["value"]:
            return ""
        if metric["name"].startswith(_CAUSE):
            return str(metric["name"].removeprefix(_CAUSE))
    return ""


def unavailable(row: Row) -> bool:
    """Whether a row's item was not scored for a reason that may have passed by now."""
    return cause_of(row) in (Cause.JUDGE_UNAVAILABLE, Cause.DEADLINE)


def passing(row: Row) -> bool:
    """Whether a row's item was not scored for a reason that passes."""
    return cause_of(row) in PASSING
