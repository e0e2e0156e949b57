"""Looking again and again, through what passes: throttling, a failing service, a network that drops."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from nova_rft.errors import AwsRefused

# AWS's codes, and botocore's words for what happens below them, that a later call may not meet.
_PASSING: Final = (
    *("Throttling", "TooManyRequests", "RequestLimitExceeded", "ServiceUnavailable"),
    *("InternalServer", "InternalFailure", "ModelNotReady", "SlowDown"),
    *("EndpointConnection", "ConnectTimeout", "ReadTimeout", "ConnectionClosed"),
)
_LOST: Final = ("ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "RequestExpired")

_T = TypeVar("_T")


def passes(refused: AwsRefused) -> bool:
    """Whether a later call may not meet this."""
    return refused.code.startswith(_PASSING)


def patiently(
    ask: Callable[[], _T],
    *,
    for_s: float,
    look_s: float,
    told: Callable[[AwsRefused], None] = lambda _: None,
) -> _T:
    """Asks until there is an answer, for so long; what does not pass is raised at once.

    Args:
        ask: The question.
        for_s: Seconds after which even what passes is raised.
        look_s: Seconds between two tries.
        told: Told each refusal that is waited out.

    Raises:
        AwsRefused: it does not pass, or has not passed in time.
    """
    until = time.monotonic() + for_s
    while True:
        try:
            return ask()
        except AwsRefused as refused:
            if not passes(refused) or time.monotonic() > until:
                raise _said_so(refused) from refused
            told(refused)
            time.sleep(look_s)


def _said_so(refused: AwsRefused) -> AwsRefused:
    """Expired credentials in the middle of a watch: the job is not touched by that."""
    if not refused.code.startswith(_LOST):
        return refused
    return AwsRefused(
        f"{refused}; the job runs on meanwhile, and the same command finds it again",
        service=refused.service,
        operation=refused.operation,
        code=refused.code,
    )
