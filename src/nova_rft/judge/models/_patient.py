"""Asking again: after throttling, 5xx, resets and timeouts, with jitter, inside the deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from nova_rft.errors import JudgeUnavailable
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest

if TYPE_CHECKING:
    import tenacity

_FIRST_S: Final = 0.5
_LONGEST_S: Final = 20.0


class Patient:
    """Tries a request several times where the reason passes; what was refused is never tried again."""

    def __init__(self, inner: JudgeModel, attempts: int) -> None:
        """Takes how often a request is tried, the first time included."""
        self._inner = inner
        self.name = inner.name
        self.concurrency = inner.concurrency
        self._attempts = attempts

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The first answer; the last error where there is none. See `JudgeModel.ask`."""
        try:
            return self._inner.ask(request, deadline=deadline)
        except JudgeUnavailable as error:
            return self._again(error, request, deadline)

    def _again(
        self, first: JudgeUnavailable, request: JudgeRequest, deadline: float | None
    ) -> JudgeReply:
        """The other tries; the one that failed counts as the first of them."""
        # Late: most requests are answered at once, and a cold start need not wait for it.
        import tenacity

        failed = [first]

        def ask(request: JudgeRequest, *, deadline: float | None) -> JudgeReply:
            if failed:
                raise failed.pop()
            return self._inner.ask(request, deadline=deadline)

        jitter = tenacity.wait_random_exponential(multiplier=_FIRST_S, max=_LONGEST_S)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(JudgeUnavailable),
            stop=lambda state: state.attempt_number >= self._attempts or _past_the_deadline(state),
            wait=lambda state: max(jitter(state), _asked_for(state)),
            reraise=True,
        )
        return retrying(ask, request, deadline=deadline)


def _past_the_deadline(state: tenacity.RetryCallState) -> bool:
    deadline = state.kwargs["deadline"]
    return deadline is not None and time.monotonic() + state.upcoming_sleep >= deadline


def _asked_for(state: tenacity.RetryCallState) -> float:
    """What the service itself asks to wait, within reason."""
    error = state.outcome.exception() if state.outcome else None
    return min(error.retry_after, _LONGEST_S) if isinstance(error, JudgeUnavailable) else 0.0
