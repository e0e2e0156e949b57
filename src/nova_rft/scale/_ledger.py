"""The ledger: one row for each item that was scored, known by the item's key; nothing is paid twice.

It lies in a file of SQLite on this machine, where each chunk is written whole before the next one is
taken note of, and in a folder of S3, a part for each chunk, so that another machine can go on.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final, Protocol

from nova_rft.errors import StorageError, UsageError
from nova_rft.judge import Usage
from nova_rft.judge.models import Totals
from nova_rft.scale._engine import Answered, Row, passing
from nova_rft.scale.part import Part, Spent, pack_part, read_part

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS rows (
    key TEXT PRIMARY KEY, row TEXT NOT NULL, passing INTEGER NOT NULL, part TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_part ON rows (part);
CREATE TABLE IF NOT EXISTS parts (
    name TEXT PRIMARY KEY, spent TEXT, there INTEGER NOT NULL
) WITHOUT ROWID;
"""
# A row that stands is never replaced; one that passes is, by whatever comes later.
_KEEP: Final = """
INSERT INTO rows VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
SET row = excluded.row, passing = excluded.passing, part = excluded.part WHERE rows.passing = 1
"""


class Folder(Protocol):
    """Where parts lie for other machines."""

    def names(self) -> Iterable[str]:
        """Of all parts."""
        ...

    def get(self, name: str) -> bytes:
        """A part."""
        ...

    def put(self, name: str, body: bytes) -> None:
        """Writes a part; the same one again changes nothing."""
        ...


class Ledger:
    """What one reward is known to give; for one process at a time."""

    def __init__(self, file: Path, folder: Folder | None = None) -> None:
        """Opens it, and reads what other machines wrote.

        Args:
            file: On this machine; made where it is missing.
            folder: In S3; without one the ledger is this machine's alone.

        Raises:
            UsageError: another run has it open.
            StorageError: the disk refused, or the file is something else.
        """
        self._folder = folder
        self._lock = _locked(file)
        try:
            self._connection = sqlite3.connect(file)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            self._lock.close()
            raise StorageError(f"{file}: no ledger can be kept there ({error})") from error
        self._share()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._lock.close()

    def knows(self, keys: Sequence[str]) -> bool:
        """Whether every one of them has a row that stands."""
        marks = ",".join("?" * len(keys))
        query = f"SELECT count(*) FROM rows WHERE passing = 0 AND key IN ({marks})"  # noqa: S608
        return bool(self._connection.execute(query, keys).fetchone()[0] == len(set(keys)))

    def row(self, key: str) -> dict[str, Any] | None:
        """The row of an item, the one that passes included; None where there is none."""
        found = self._connection.execute("SELECT row FROM rows WHERE key = ?", (key,)).fetchone()
        return None if found is None else dict(json.loads(found[0]))

    def keep(self, answered: Answered) -> None:
        """Writes down what came of a chunk, here first and then for other machines."""
        if answered.failure:
            return
        pairs = list(zip(answered.chunk.keys, answered.rows, strict=True))
        name = answered.part or part_name(answered.chunk.key, answered.rows)
        self._take_in(name, pairs, answered.spent, there=answered.part is not None)
        if self._folder is not None and answered.part is None:
            self._push(name, pairs, answered.spent)

    @property
    def spent(self) -> tuple[Totals, int]:
        """What all that is in it took, and of how many parts that is not known."""
        total, unknown = Totals(), 0
        for (text,) in self._connection.execute("SELECT spent FROM parts"):
            told = totals_of(json.loads(text))
            total, unknown = total + (told or Totals()), unknown + (told is None)
        return total, unknown

    def _take_in(
        self, name: str, pairs: Sequence[tuple[str, Row]], spent: Totals | None, *, there: bool
    ) -> None:
        rows = [(key, json.dumps(row), int(passing(row)), name) for key, row in pairs]
        with self._connection:
            self._connection.execute(
                "INSERT OR IGNORE INTO parts VALUES (?, ?, ?)",
                (name, json.dumps(_as_json(spent)), int(there or self._folder is None)),
            )
            self._connection.executemany(_KEEP, rows)

    def _push(self, name: str, pairs: Sequence[tuple[str, Row]], spent: Totals | None) -> None:
        assert self._folder is not None  # noqa: S101 - its callers look
        self._folder.put(name, pack_part(Part(pairs, _as_json(spent))))
        with self._connection:
            self._connection.execute("UPDATE parts SET there = 1 WHERE name = ?", (name,))

    def _share(self) -> None:
        """Takes in what other machines wrote, and gives what a killed run could not."""
        if self._folder is None:
            return
        known = "SELECT 1 FROM parts WHERE name = ?"
        for name in self._folder.names():
            if self._connection.execute(known, (name,)).fetchone() is None:
                part = part_of(self._folder.get(name), name)
                self._take_in(name, part.pairs, totals_of(part.spent), there=True)
        waiting = self._connection.execute("SELECT name, spent FROM parts WHERE there = 0")
        for name, text in waiting.fetchall():
            self._push(name, list(self._of(name)), totals_of(json.loads(text)))

    def _of(self, part: str) -> Iterator[tuple[str, Row]]:
        rows = self._connection.execute("SELECT key, row FROM rows WHERE part = ?", (part,))
        return ((key, json.loads(row)) for key, row in rows)


def part_name(chunk: str, rows: Sequence[Row]) -> str:
    """What a chunk's part is called: the chunk, and what came of it this time."""
    return f"{chunk}-{sha256(json.dumps(list(rows)).encode()).hexdigest()[:8]}"


def part_of(body: bytes, name: str) -> Part:
    """A part that was read from S3.

    Raises:
        UsageError: it is something else.
    """
    try:
        return read_part(body)
    except ValueError as error:
        raise UsageError(f"{name}: {error}; take it away, and its items are scored again") from None


def _as_json(spent: Totals | None) -> Any:
    if spent is None:
        return None
    usage = spent.usage
    # What the cache read and wrote counts as input here: a part is for sums.
    read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    return {
        "calls": spent.calls,
        "kept": spent.kept,
        "input_tokens": read,
        "output_tokens": usage.output_tokens,
        "cost": spent.cost,
        "unpriced": spent.unpriced,
    }


def totals_of(told: Spent | None) -> Totals | None:
    """What a part says that it took."""
    if told is None:
        return None
    return Totals(
        int(told["calls"]),
        int(told["kept"]),
        Usage(int(told["input_tokens"]), int(told["output_tokens"])),
        told["cost"],
        int(told["unpriced"]),
    )


def _locked(file: Path) -> IO[bytes]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.with_suffix(".lock").open("wb")
    except OSError as error:
        raise StorageError(f"{file}: no ledger can be kept there: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise UsageError(
            f"{file}: another run is scoring with this ledger; wait for its end, or end it"
        ) from None
    return lock
