"""What batches asked and what came back, in a file of SQLite: it outlives any end of the run."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nova_rft.errors import StorageError
from nova_rft.judge import Form, Usage
from nova_rft.judge.models import Totals

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS asked (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, form TEXT NOT NULL, body TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, job TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_job ON asked (job, model);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, answer TEXT, code TEXT, message TEXT,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, cost REAL NOT NULL,
    unpriced INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
    name TEXT PRIMARY KEY, model TEXT NOT NULL, arn TEXT, merged INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a question: an answer as Converse gave it, or the error that stands."""

    answer: Any = None
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A batch that was planned: its name, its model, and once it is sent its ARN."""

    name: str
    model: str
    arn: str | None


class Store:
    """Questions, replies and batches of one ledger; safe to share between threads."""

    def __init__(self, file: Path) -> None:
        """Opens it, or makes it.

        Raises:
            StorageError: the disk refused, or the file is something else.
        """
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{file}: batches cannot be kept there ({error})") from error
        self._lock = threading.Lock()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def kept(self, key: str) -> Kept | None:
        """What is known of a question; None where nothing is."""
        query = "SELECT answer, code, message FROM replies WHERE key = ?"
        row = self._one(query, key)
        if row is None:
            return None
        answer, code, message = row
        return Kept(json.loads(answer)) if answer else Kept(None, code, message)

    def tries(self, key: str) -> int:
        """How often a question was asked in vain."""
        row = self._one("SELECT tries FROM asked WHERE key = ?", key)
        return int(row[0]) if row else 0

    def ask(self, key: str, model: str, form: Form, body: Any) -> None:
        """Takes a question down; the same one again changes nothing."""
        values = (key, model, str(form), json.dumps(body))
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT OR IGNORE INTO asked (key, model, form, body) VALUES (?, ?, ?, ?)", values
            )

    def waiting(self) -> dict[str, tuple[int, int]]:
        """Of each model, how many questions are in no batch and have no reply, and their bytes."""
        rows = self._all(
            "SELECT model, count(*), total(length(body)) FROM asked "
            "WHERE job IS NULL AND key NOT IN (SELECT key FROM replies) GROUP BY model"
        )
        return {model: (count, int(size)) for model, count, size in rows}

    def keys_waiting(self, model: str, most: int) -> list[tuple[str, int]]:
        """Some of them, in their own order, so that a plan made again is the same; and their tries."""
        rows = self._all(
            "SELECT key, tries FROM asked WHERE job IS NULL AND model = ? "
            "AND key NOT IN (SELECT key FROM replies) ORDER BY key LIMIT ?",
            model,
            most,
        )
        return [(key, tries) for key, tries in rows]

    def plan(self, job: str, model: str, keys: Sequence[str]) -> None:
        """Puts questions into a batch, all or none."""
        with self._lock, self._connection:
            self._connection.execute("INSERT INTO jobs (name, model) VALUES (?, ?)", (job, model))
            self._connection.executemany(
                "UPDATE asked SET job = ? WHERE key = ?", ((job, key) for key in keys)
            )

    def let_go(self, model: str) -> None:
        """Forgets questions of a model that are in no batch: somebody else asks them."""
        self._do(
            "DELETE FROM asked WHERE job IS NULL AND model = ? "
            "AND key NOT IN (SELECT key FROM replies)",
            model,
        )

    def sent(self, job: str, arn: str) -> None:
        """Notes that a batch was made."""
        self._do("UPDATE jobs SET arn = ? WHERE name = ?", arn, job)

    def open_jobs(self) -> list[JobRow]:
        """Batches whose answers were not taken in, in the order of their names."""
        rows = self._all("SELECT name, model, arn FROM jobs WHERE merged = 0 ORDER BY name")
        return [JobRow(*row) for row in rows]

    def lines(self, job: str) -> Iterator[bytes]:
        """A batch's records, as Bedrock takes them."""
        with self._lock:
            rows = self._connection.cursor().execute(
                "SELECT key, body FROM asked WHERE job = ? ORDER BY key", (job,)
            )
            for key, body in rows:
                yield f'{{"recordId": "{key}", "modelInput": {body}}}\n'.encode()

    def forms(self, job: str) -> dict[str, Form]:
        """In which form each question of a batch is asked."""
        rows = self._all("SELECT key, form FROM asked WHERE job = ?", job)
        return {key: Form(form) for key, form in rows}

    def take_in(self, replies: Iterable[tuple[str, Kept, Usage, float | None]]) -> None:
        """Writes replies down; the first to a question stays.

        Args:
            replies: Key, what is known now, tokens, and the cost; None without a price.
        """
        rows = (
            (
                key,
                json.dumps(kept.answer) if kept.answer is not None else None,
                kept.code,
                kept.message,
                usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
                usage.output_tokens,
                cost or 0.0,
                int(cost is None),
            )
            for key, kept, usage, cost in replies
        )
        with self._lock, self._connection:
            self._connection.executemany(
                "INSERT OR IGNORE INTO replies (key, answer, code, message, tokens_in, tokens_out, "
                "cost, unpriced) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def merged(self, job: str) -> int:
        """Closes a batch: questions without a reply wait again; how many they are."""
        free = (
            "UPDATE asked SET job = NULL, tries = tries + 1 "
            "WHERE job = ? AND key NOT IN (SELECT key FROM replies)"
        )
        with self._lock, self._connection:
            left = self._connection.execute(free, (job,)).rowcount
            self._connection.execute("UPDATE jobs SET merged = 1 WHERE name = ?", (job,))
        return int(left)

    def tell(self, keys: Iterable[str]) -> Totals:
        """What replies took that were not told of before; told of now."""
        total = Totals()
        with self._lock, self._connection:
            for key in dict.fromkeys(keys):
                row = self._connection.execute(
                    "SELECT tokens_in, tokens_out, cost, unpriced FROM replies "
                    "WHERE key = ? AND told = 0 AND answer IS NOT NULL",
                    (key,),
                ).fetchone()
                if row is None:
                    continue
                tokens_in, tokens_out, cost, unpriced = row
                total = total + Totals(1, 0, Usage(tokens_in, tokens_out), cost, unpriced)
                self._connection.execute("UPDATE replies SET told = 1 WHERE key = ?", (key,))
        return total

    def answered(self, model: str) -> bool:
        """Whether a model ever answered."""
        query = (
            "SELECT 1 FROM replies JOIN asked USING (key) "
            "WHERE model = ? AND answer IS NOT NULL LIMIT 1"
        )
        return self._one(query, model) is not None

    @property
    def cost(self) -> float:
        """Of all replies."""
        row = self._one("SELECT total(cost) FROM replies")
        return float(row[0]) if row else 0.0

    def _one(self, query: str, *values: Any) -> Any:
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def _all(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _do(self, query: str, *values: Any) -> None:
        with self._lock, self._connection:
            self._connection.execute(query, values)
