"""What was spent, kept in a file, so that a budget holds over several runs."""

from __future__ import annotations

import threading
from pathlib import Path

from nova_rft.errors import UsageError


class FilePurse:
    """A purse whose payments stand in a file, one a line; for one process at a time."""

    def __init__(self, file: Path) -> None:
        """Reads what earlier runs paid.

        Raises:
            UsageError: the file holds something else.
        """
        self._file = file
        self._lock = threading.Lock()
        try:
            paid = file.read_text().split() if file.exists() else []
            self._sum = sum(map(float, paid))
        except (OSError, ValueError) as error:
            raise UsageError(f"{file}: what was spent cannot be read: {error}") from None

    def spent(self) -> float:
        """The sum so far."""
        with self._lock:
            return self._sum

    def pay(self, amount: float) -> None:
        """Adds to the sum, and writes it down."""
        with self._lock:
            self._sum += amount
            if amount:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a") as stream:
                    stream.write(f"{amount!r}\n")
