"""Watching a bare model: how long an answer takes, and how often there is none for now."""

from __future__ import annotations

import time

from nova_rft.errors import JudgeUnavailable
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest
from nova_rft.judge.models._tally import Tally


class Watched:
    """Tells the tally of every call; waits for a limit and between two tries are no part of it."""

    def __init__(self, inner: JudgeModel, tally: Tally) -> None:
        """Takes what counts."""
        self._inner = inner
        self._tally = tally
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer; see `JudgeModel.ask`."""
        began = time.monotonic()
        try:
            reply = self._inner.ask(request, deadline=deadline)
        except JudgeUnavailable as error:
            self._tally.failed(throttled=error.throttled)
            raise
        self._tally.answered(time.monotonic() - began)
        return reply
