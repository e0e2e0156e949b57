"""Calls in flight, as many as the service takes: more while it answers, half when it is busy.

Additive increase and multiplicative decrease, with a slow start, as TCP keeps to its window (RFC 5681).
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Final

from nova_rft.errors import AwsBusy
from nova_rft.outcome import Cause
from nova_rft.scale._engine import Answered, Chunk, EngineFailed, cause_of

_FIRST: Final = 4.0
_LONGEST_PAUSE_S: Final = 30.0
# Calls that fail before any was answered: then it is the function that is broken, not one event.
_HOPELESS: Final = 3
# Share of rows without a score since a judge had no room, above which fewer events are sent.
_CROWDED: Final = 0.05
Call = Callable[[Chunk], "Answered | list[Chunk]"]


@dataclass(slots=True)
class Window:
    """How many calls may be in flight, and when the next one may begin.

    Attributes:
        most: The bound that is never passed.
        patience_s: Seconds without any answer after which there is no use in going on.
        pause_s: The first pause after a refusal is twice as long at most; each next one doubles it.
        opens: `time.monotonic()` value from which on the next call may begin.
    """

    most: int
    patience_s: float = 900.0
    pause_s: float = 0.5
    opens: float = float("-inf")
    _size: float = _FIRST
    _slow_start: bool = True
    _cut: float = float("-inf")
    _refused: int = 0
    _heard: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        """Calls that may be in flight."""
        return max(min(int(self._size), self.most), 1)

    def answered(self) -> None:
        """A call was answered."""
        self._refused = 0
        self._heard = time.monotonic()
        if self._size < self.most:
            self._size += 1 if self._slow_start else 1 / self._size

    def busy(self, began: float, error: AwsBusy) -> None:
        """A call that began then was refused; calls of the same moment halve the window once.

        Raises:
            EngineFailed: it has been refusing for too long.
        """
        now = time.monotonic()
        if now - self._heard > self.patience_s:
            raise EngineFailed(
                f"no call was answered for {now - self._heard:.0f} s, the last one since {error}"
            )
        self._halve(began, error.retry_after)

    def crowded(self, began: float) -> None:
        """A call was answered, but what it asked in its turn had no room: as if it had been refused."""
        self._heard = time.monotonic()
        self._halve(began, 0.0)

    def _halve(self, began: float, retry_after: float) -> None:
        now = time.monotonic()
        if began <= self._cut:
            return
        self._slow_start = False
        self._cut, self._size = now, max(self._size / 2, 1.0)
        self._refused += 1
        longest = min(self.pause_s * 2**self._refused, _LONGEST_PAUSE_S)
        # Not longer than the patience: a service that asks for an hour is not waited for.
        asked = min(retry_after, self.patience_s)
        self.opens = now + max(asked, random.uniform(0, longest))  # noqa: S311 - no secret


def spread(chunks: Iterable[Chunk], call: Call, window: Window) -> Iterator[Answered]:
    """What each call gave, as soon as it is there; one interrupt waits for what is in flight.

    Args:
        chunks: Taken one by one, when there is room.
        call: Gives an answer, or smaller chunks in its chunk's place; raises AwsBusy to be called again.
        window: How many at once.

    Raises:
        EngineFailed: calls are refused for too long, or fail from the first on.
    """
    waiting, again = iter(chunks), deque[Chunk]()
    flying: dict[Future[Answered | list[Chunk]], tuple[Chunk, float]] = {}
    pool = ThreadPoolExecutor(window.most)
    interrupt: KeyboardInterrupt | None = None
    failed = answered = 0
    try:
        while True:
            try:
                while interrupt is None and len(flying) < window.size and _open(window, flying):
                    chunk = again.popleft() if again else next(waiting, None)
                    if chunk is None:
                        break
                    flying[pool.submit(call, chunk)] = chunk, time.monotonic()
                if not flying:
                    break
                done, _ = wait(flying, _until(window), FIRST_COMPLETED)
            except KeyboardInterrupt as pressed:
                if interrupt is not None:
                    raise
                interrupt = pressed
                continue
            for future in done:
                chunk, began = flying.pop(future)
                try:
                    told = future.result()
                except AwsBusy as error:
                    again.append(chunk)
                    window.busy(began, error)
                    continue
                if isinstance(told, Answered) and _crowded(told):
                    window.crowded(began)
                else:
                    window.answered()
                if isinstance(told, list):
                    again.extend(told)
                    continue
                failed, answered = failed + bool(told.failure), answered + (not told.failure)
                if failed >= _HOPELESS and not answered:
                    raise EngineFailed(told.failure)
                yield told
        if interrupt is not None:
            raise interrupt
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _crowded(told: Answered) -> bool:
    """Whether judges had no room for a good part of an event's questions."""
    missing = sum(cause_of(row) == Cause.JUDGE_UNAVAILABLE for row in told.rows)
    return missing > _CROWDED * len(told.rows)


def _open(
    window: Window, flying: dict[Future[Answered | list[Chunk]], tuple[Chunk, float]]
) -> bool:
    """Whether a call may begin; waits for it where nothing else is to be waited for."""
    left = window.opens - time.monotonic()
    if left > 0 and not flying:
        time.sleep(left)
        return True
    return left <= 0


def _until(window: Window) -> float | None:
    left = window.opens - time.monotonic()
    return left if left > 0 else None
