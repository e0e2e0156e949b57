"""Requests and tokens per minute: never more in any minute than the spec allows.

Written here since no library known to us gives back what a reservation did not use, as tokens must be:
a reply's length is known only when it is there.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from nova_rft.errors import JudgeUnavailable
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest

_MINUTE_S: Final = 60.0
# English text; an estimate that the reply's own count replaces.
_CHARACTERS_A_TOKEN: Final = 4


@dataclass(slots=True)
class _Use:
    at: float
    amount: float


class Window:
    """What was used in the last minute, and when there is room again; safe to share between threads."""

    def __init__(self, limit: float, seconds: float = _MINUTE_S) -> None:
        """Takes how much may be used in so many seconds."""
        self._limit = limit
        self._seconds = seconds
        self._uses: deque[_Use] = deque()
        self._lock = threading.Lock()

    def reserve(self, amount: float, latest: float | None = None) -> _Use | None:
        """Reserves an amount for the earliest time at which it fits, in order of asking.

        Args:
            amount: More than the limit counts as the limit: it then has a window to itself.
            latest: `time.monotonic()` value after which it is of no use.

        Returns:
            The use, with the time at which it may begin; None where that is later than `latest`.
        """
        amount = min(amount, self._limit)
        now = time.monotonic()
        with self._lock:
            while self._uses and self._uses[0].at <= now - self._seconds:
                self._uses.popleft()
            at = max(now, self._uses[-1].at if self._uses else now)
            total = sum(use.amount for use in self._uses)
            for use in self._uses:
                if total + amount <= self._limit:
                    break
                at = max(at, use.at + self._seconds)
                total -= use.amount
            if latest is not None and at >= latest:
                return None
            self._uses.append(reserved := _Use(at, amount))
            return reserved

    def correct(self, use: _Use, amount: float) -> None:
        """Puts what was really used in the place of what was reserved."""
        with self._lock:
            use.amount = min(amount, self._limit)


class Paced:
    """Waits before a request until both limits have room for it."""

    def __init__(
        self,
        inner: JudgeModel,
        *,
        requests_per_minute: int | None,
        tokens_per_minute: int | None,
        max_tokens: int,
    ) -> None:
        """Takes the limits, and the bound on a reply, which services reserve beforehand."""
        self._inner = inner
        self._max_tokens = max_tokens
        self._requests = Window(requests_per_minute) if requests_per_minute else None
        self._tokens = Window(tokens_per_minute) if tokens_per_minute else None
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer, asked for when there is room; see `JudgeModel.ask`."""
        self._wait(self._requests, 1, deadline)
        prompt = (len(request.system) + len(request.user)) / _CHARACTERS_A_TOKEN
        tokens = self._wait(self._tokens, prompt + self._max_tokens, deadline)
        reply = self._inner.ask(request, deadline=deadline)
        if tokens is not None and self._tokens is not None:
            usage = reply.usage
            self._tokens.correct(
                tokens, usage.input_tokens + usage.output_tokens + usage.cache_write_tokens
            )
        return reply

    def _wait(self, window: Window | None, amount: float, deadline: float | None) -> _Use | None:
        if window is None:
            return None
        use = window.reserve(amount, deadline)
        if use is None:
            raise JudgeUnavailable(
                f"{self.name}: the limit per minute leaves no room before the deadline"
            )
        time.sleep(max(use.at - time.monotonic(), 0))
        return use
