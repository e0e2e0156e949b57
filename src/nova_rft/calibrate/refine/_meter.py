"""What a search may ask: different questions are counted, and no more than a bound is let through.

A question that was answered in an earlier run counts again in this one, though nobody is paid for it: so
a run that was stopped goes the same way when it is started again, and ends where it would have ended.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from nova_rft.errors import BudgetSpent, UsageError
from nova_rft.files import write_whole
from nova_rft.judge.models import Purse


class Meter:
    """Counts questions; while there is a search, what the end will need is kept back.

    Attributes:
        kept_back: Questions that the end will need.
        stopped: Why nothing more may be asked; empty where it may.
    """

    def __init__(self, calls: int | None = None, minutes: float | None = None) -> None:
        """Takes the bounds.

        Args:
            calls: Different questions in all; None: as many as it takes.
            minutes: After which the search ends.
        """
        self.calls = calls
        self.kept_back = 0
        self.stopped = ""
        self._until = None if minutes is None else time.monotonic() + 60 * minutes
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    @property
    def asked(self) -> int:
        """Different questions so far."""
        with self._lock:
            return len(self._asked)

    def end_search(self) -> None:
        """Lets through what was kept back."""
        self.kept_back = 0
        self.stopped = ""
        self._until = None

    def open(self, key: str) -> None:
        """Lets a question through.

        Args:
            key: Of the question; equal ones count once.

        Raises:
            BudgetSpent: a bound has been reached.
        """
        if self._until is not None and time.monotonic() >= self._until:
            raise self.stop("the time is over")
        with self._lock:
            room = self.calls is None or len(self._asked) < self.calls - self.kept_back
            if room or key in self._asked:
                self._asked.add(key)
                return
        raise self.stop(f"the {self.calls:,} calls are made, or needed for the end")

    def stop(self, why: str) -> BudgetSpent:
        """Notes why nothing more is asked; the error that says so."""
        self.stopped = why
        return BudgetSpent(why)


class SavingPurse:
    """A purse that shows what the end will need as spent, as long as there is a search."""

    def __init__(self, inner: Purse, note: Path) -> None:
        """Takes who counts, and where it is noted what the end will need.

        Runs after the first find their answers kept and cannot tell what they cost.
        """
        self._inner = inner
        self._note = note
        self._kept_back = 0.0

    def spent(self) -> float:
        """The sum so far; see `Purse`."""
        return self._inner.spent() + self._kept_back

    def pay(self, amount: float) -> None:
        """Adds to the sum."""
        self._inner.pay(amount)

    def keep_back(self, amount: float) -> None:
        """Keeps back what is needed in the end, as this run or the first one found it.

        Raises:
            UsageError: what the first one noted cannot be read.
        """
        try:
            noted = float(self._note.read_text()) if self._note.exists() else 0.0
        except (OSError, ValueError) as error:
            raise UsageError(f"{self._note}: cannot be read ({error}); remove it") from None
        self._kept_back = max(amount, noted)
        if self._kept_back > noted:
            write_whole(self._note, f"{self._kept_back!r}\n")

    def end_search(self) -> None:
        """Lets go of what was kept back."""
        self._kept_back = 0.0
