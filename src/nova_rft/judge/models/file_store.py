"""Replies kept in a file on this machine; apart, since a Lambda never needs SQLite."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Final

from nova_rft.errors import StorageError

_WAIT_S: Final = 30.0


class FileStore:
    """A `ReplyStore` in an SQLite file; several processes may share it."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it.

        Raises:
            StorageError: it cannot be opened, or is no such file.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL)"
            )
            self._connection.commit()
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"{path}: judges' replies cannot be kept there ({error}); make room, or remove it"
            ) from error
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """The reply under a key."""
        with self._lock:
            row = self._connection.execute(
                "SELECT reply FROM replies WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else str(row[0])

    def put(self, key: str, value: str) -> None:
        """Keeps a reply; the first under a key stays."""
        with self._lock, self._connection:
            self._connection.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()
