"""Looking again through what passes; what does not pass is said at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nova_rft.errors import AwsRefused
from nova_rft.project._patience import patiently


def refused(code: str) -> AwsRefused:
    return AwsRefused(f"AWS refused GetJob ({code})", service="", operation="GetJob", code=code)


def answers(*codes: str) -> Callable[[], str]:
    left = list(codes)

    def ask() -> str:
        if left:
            raise refused(left.pop(0))
        return "here"

    return ask


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "TooManyRequestsException", "ServiceUnavailableException",
     "EndpointConnectionError", "ReadTimeoutError", "InternalServerException"],
)  # fmt: skip
def test_what_passes_is_waited_out(code: str) -> None:
    told: list[str] = []
    found = patiently(
        answers(code, code), for_s=10, look_s=0.001, told=lambda one: told.append(one.code)
    )
    assert (found, told) == ("here", [code, code])


def test_what_does_not_pass_is_raised_at_once() -> None:
    with pytest.raises(AwsRefused, match="AccessDenied"):
        patiently(answers("AccessDeniedException"), for_s=10, look_s=0.001)


def test_expired_credentials_say_that_the_job_runs_on() -> None:
    with pytest.raises(AwsRefused, match="the job runs on meanwhile") as caught:
        patiently(answers("ExpiredTokenException"), for_s=10, look_s=0.001)
    assert caught.value.code == "ExpiredTokenException"


def test_patience_ends() -> None:
    with pytest.raises(AwsRefused, match="Throttling"):
        patiently(answers(*["ThrottlingException"] * 1000), for_s=0.02, look_s=0.01)
