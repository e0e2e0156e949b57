"""Judge models that are asked again, and whose answers are timed."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Final

from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest

# More samples than a rubric may ask for itself, so that no two readings share one.
_STRIDE: Final = 64


class Again:
    """Asks every question as another reading of it: its own judgement, kept and recorded apart."""

    def __init__(self, inner: JudgeModel, reading: int) -> None:
        """Takes which reading this is; the first changes nothing."""
        self._inner = inner
        self._offset = reading * _STRIDE
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer; see `JudgeModel.ask`."""
        again = replace(request, sample=request.sample + self._offset)
        return self._inner.ask(again, deadline=deadline)


class Clock:
    """Seconds that answers took, of all models together; safe to share between threads."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        """Counts one answer."""
        with self._lock:
            self._seconds.append(seconds)

    @property
    def seconds(self) -> list[float]:
        """Of each answer so far."""
        with self._lock:
            return list(self._seconds)


class Timed:
    """Counts on a clock how long each answer took."""

    def __init__(self, inner: JudgeModel, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer; see `JudgeModel.ask`."""
        started = time.monotonic()
        reply = self._inner.ask(request, deadline=deadline)
        self._clock.add(time.monotonic() - started)
        return reply
