"""Calling a reward Lambda as a trainer does."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError
from nova_rft.reward.contract import Answered

# Of a synchronous call (Lambda quotas, 2026-11-01).
_LARGEST: Final = 6 * 1024 * 1024


class RewardLambda:
    """A reward Lambda by name or ARN, ours or not."""

    def __init__(self, aws: Aws, function: str) -> None:
        """Takes the function; whether it is there shows when it is called."""
        self._aws = aws
        self._function = function

    def call(self, event: Any) -> Answered:
        """The function's answer, or what it said when it failed.

        Raises:
            UsageError: the event is too large for one call.
            AwsRefused: the function is not there, or may not be called.
        """
        # As a trainer's JSON: lone surrogates and what is not ASCII escaped.
        payload = json.dumps(event).encode()
        if len(payload) > _LARGEST:
            raise UsageError(
                f"an event of {len(payload):,} bytes is more than the {_LARGEST:,} that Lambda takes; "
                "lower --event-size"
            )
        started = time.monotonic()
        with aws_errors():
            answer = self._aws.invoke_client().invoke(FunctionName=self._function, Payload=payload)
            body = answer["Payload"].read()
        seconds = time.monotonic() - started
        if "FunctionError" in answer:
            return Answered(error=_said(body), seconds=seconds)
        try:
            return Answered(json.loads(body), seconds=seconds)
        except ValueError:
            return Answered(error=f"the answer is no JSON: {body[:200]!r}", seconds=seconds)


def _said(body: bytes) -> str:
    try:
        error = json.loads(body)
        return f"{error.get('errorType', 'error')}: {error.get('errorMessage', body[:200])}"
    except (ValueError, AttributeError):
        return body[:300].decode("utf-8", "replace")
