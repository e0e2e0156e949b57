"""An end to asking: what is not answered by then is left for the next call, and nothing is concluded."""

from __future__ import annotations

import time
from typing import Final

from nova_rft.errors import JudgeUnavailable, NovaRftError
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest

# Of the time that there is, the part in which nothing is begun: what was begun is waited for, as it is
# paid for whether it is waited for or not.
_FINISHING: Final = 0.3


class OutOfTime(NovaRftError):
    """An evaluation's time was up before all was asked; what came is kept, and the same call goes on."""


class Until:
    """A moment past which nothing is waited for, and a while before it past which nothing is asked."""

    def __init__(self, at: float | None) -> None:
        """Takes a `time.monotonic()` value; None: there is no end."""
        self._at = at
        self._cut = False
        now = time.monotonic()
        self._begin_by = now if at is None else at - _FINISHING * max(at - now, 0.0)

    def bound(self, model: JudgeModel) -> JudgeModel:
        """The model, which answers nothing after that moment."""
        return model if self._at is None else _Bounded(model, self, self._begin_by, self._at)

    def missed(self) -> None:
        """Notes that a question was not asked, or its answer not waited for."""
        self._cut = True

    def check(self) -> None:
        """Stops where a question was missed: what is there is not all.

        Raises:
            OutOfTime: one was.
        """
        if self._cut:
            raise OutOfTime("the time was up before all was asked; what came is kept")


class _Bounded:
    """A model with an end to its patience."""

    def __init__(self, inner: JudgeModel, until: Until, begin_by: float, at: float) -> None:
        self._inner = inner
        self._until = until
        self._begin_by = begin_by
        self._at = at
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The model's answer, where there is time for it."""
        if time.monotonic() >= self._begin_by:
            self._until.missed()
            raise JudgeUnavailable(f"{self.name}: no time left")
        try:
            return self._inner.ask(request, deadline=min(deadline or self._at, self._at))
        except JudgeUnavailable:
            if time.monotonic() >= self._at:
                self._until.missed()
            raise
