"""The items of a file on disk, gathered by group: memory stays flat however many there are.

A group's items may lie anywhere in the file. What an item is worth can depend on its siblings, so
its key is a digest of all of them, of its place among them, and of the reward.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.errors import StorageError, UsageError
from nova_rft.reward import Item
from nova_rft.scale._engine import Chunk

_TABLES: Final = """
CREATE TABLE items (place INTEGER PRIMARY KEY, grp BLOB, id TEXT, raw BLOB);
"""
_GATHER: Final = """
CREATE INDEX by_group ON items (grp, place);
CREATE TABLE groups AS SELECT min(place) AS first, grp FROM items GROUP BY grp ORDER BY first;
CREATE TABLE keys (place INTEGER PRIMARY KEY, key TEXT);
"""
_IN_ORDER: Final = """
SELECT first, items.place, items.raw FROM groups JOIN items USING (grp)
ORDER BY first, items.place
"""
_TOGETHER: Final = 10_000
_KEY: Final = 32


class Work:
    """One file's items; a context, whose disk space is free again after it."""

    def __init__(self, items: Iterable[tuple[Item, Any]], identity: str, folder: Path) -> None:
        """Reads every item once.

        Args:
            items: Each item, and what a trainer would send of it.
            identity: Of what scores them: with another one they are other work.
            folder: Where there is room for the file's content again.

        Raises:
            UsageError: an item cannot be read.
            StorageError: the disk refused.
        """
        self._identity = identity
        self._scratch = tempfile.TemporaryDirectory(dir=_made(folder), prefix="work-")
        try:
            self._connection = sqlite3.connect(Path(self._scratch.name) / "items.sqlite")
            # A scratch file: nothing of it has to outlive this process.
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.executescript(_TABLES)
            self._fill(items)
        except sqlite3.Error as error:
            self._scratch.cleanup()
            raise StorageError(f"{folder}: no room for the items there ({error})") from error
        except BaseException:
            self._scratch.cleanup()
            raise

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._scratch.cleanup()

    def __len__(self) -> int:
        """How many items there are."""
        return int(self._connection.execute("SELECT count(*) FROM items").fetchone()[0])

    @property
    def groups(self) -> int:
        """How many groups they make."""
        return int(self._connection.execute("SELECT count(*) FROM groups").fetchone()[0])

    @property
    def shape(self) -> dict[int, int]:
        """How many groups there are of each size."""
        sizes = "SELECT count(*) AS n FROM items GROUP BY grp"
        rows = self._connection.execute(
            f"SELECT n, count(*) FROM ({sizes}) GROUP BY n"  # noqa: S608 - no input in it
        )
        return dict(rows.fetchall())

    @property
    def size(self) -> int:
        """Bytes of all items."""
        found = self._connection.execute("SELECT total(length(raw)) FROM items").fetchone()
        return int(found[0])

    @property
    def digest(self) -> str:
        """Of all keys in order: the same file and reward have the same."""
        seen = sha256()
        for _, _, key in self.places():
            seen.update(key.encode())
        return seen.hexdigest()

    def places(self) -> Iterator[tuple[int, Any, str]]:
        """Place, id and key of every item, in the file's order."""
        rows = self._connection.execute(
            "SELECT place, id, key FROM items JOIN keys USING (place) ORDER BY place"
        )
        return ((place, json.loads(given), key) for place, given, key in rows)

    def chunks(
        self, items: int, size: int, wanted: Callable[[tuple[str, ...]], bool] = lambda keys: True
    ) -> Iterator[Chunk]:
        """Chunks of whole groups, in the order in which groups begin.

        Args:
            items: In a chunk at most, unless one group has more.
            size: Bytes of a chunk's event, at most.
            wanted: Whether a group with these keys is still to be scored.

        Raises:
            UsageError: a group alone is larger than that.
        """
        keys: list[str] = []
        raws: list[bytes] = []
        groups: list[int] = []
        used = 2
        for place, some in self._groups():
            theirs = [self._key(some, number) for number in range(len(some))]
            if not wanted(tuple(theirs)):
                continue
            more = sum(map(len, some)) + len(some)
            if more + 2 > size:
                raise UsageError(
                    f"the {len(some)} responses to one prompt from item {place + 1} on are "
                    f"{more:,} bytes, more than the {size:,} of one event; they have to be scored "
                    "together: use --engine here"
                )
            if keys and (used + more > size or len(keys) + len(some) > items):
                yield Chunk(tuple(keys), tuple(raws), tuple(groups))
                keys, raws, groups, used = [], [], [], 2
            keys += theirs
            raws += some
            groups.append(len(some))
            used += more
        if keys:
            yield Chunk(tuple(keys), tuple(raws), tuple(groups))

    def _fill(self, items: Iterable[tuple[Item, Any]]) -> None:
        rows = (
            (place, _group(item, place), json.dumps(_id(raw)), json.dumps(raw).encode())
            for place, (item, raw) in enumerate(items)
        )
        while some := list(islice(rows, _TOGETHER)):
            self._connection.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", some)
        self._connection.executescript(_GATHER)
        named = self._keyed()
        while pairs := list(islice(named, _TOGETHER)):
            self._connection.executemany("INSERT INTO keys VALUES (?, ?)", pairs)
        self._connection.commit()

    def _keyed(self) -> Iterator[tuple[int, str]]:
        rows = self._connection.cursor().execute(_IN_ORDER)
        for _, some in groupby(rows, key=lambda row: row[0]):
            places, raws = [], []
            for _, place, raw in some:
                places.append(place)
                raws.append(raw)
            for number, place in enumerate(places):
                yield place, self._key(raws, number)

    def _groups(self) -> Iterator[tuple[int, list[bytes]]]:
        rows = self._connection.cursor().execute(_IN_ORDER)
        for first, some in groupby(rows, key=lambda row: row[0]):
            yield int(first), [bytes(raw) for _, _, raw in some]

    def _key(self, siblings: list[bytes], number: int) -> str:
        seen = sha256(f"{self._identity} {number}".encode())
        for raw in siblings:
            seen.update(f"\n{len(raw)} ".encode())
            seen.update(raw)
        return seen.hexdigest()[:_KEY]


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made: {error.strerror}") from error
    return folder


def _group(item: Item, place: int) -> bytes:
    # What holds no rollout has no siblings.
    name = f"g{item.group}" if isinstance(item, Rollout) else f"b{place}"
    return sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]


def _id(raw: Any) -> Any:
    return raw.get("id", "") if isinstance(raw, dict) else ""
