"""Calling a reward Lambda as a trainer does."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.aws.errors import aws_errors, busy_or_refused
from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError
from nova_rft.reward.contract import Answered

# Of a synchronous call (Lambda quotas, 2026-11-01).
_LARGEST: Final = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Invoked:
    """What one call gave.

    Attributes:
        answer: What the function returned; None where it failed.
        kind: The kind of error, such as `Sandbox.Timedout`; empty where it did not fail.
        error: What it said then.
        log: The last 4 KB of its log.
    """

    answer: Any = None
    kind: str = ""
    error: str = ""
    log: str = ""


class RewardLambda:
    """A reward Lambda by name or ARN, ours or not."""

    def __init__(self, aws: Aws, function: str) -> None:
        """Takes the function; whether it is there shows when it is called."""
        self._aws = aws
        self._function = function

    def invoke(self, payload: bytes, *, connections: int) -> Invoked:
        """One call without any retry, for a caller that paces itself.

        Args:
            payload: The event as JSON.
            connections: Calls that the caller has in flight at most.

        Raises:
            AwsBusy: Lambda had no room for it, or failed itself.
            AwsRefused: the function is not there, or may not be called.
        """
        client = self._aws.invoke_client(connections=connections, attempts=1)
        with busy_or_refused():
            answer = client.invoke(FunctionName=self._function, Payload=payload, LogType="Tail")
            body = answer["Payload"].read()
        log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
        if "FunctionError" in answer:
            return Invoked(kind=_kind(body), error=_said(body), log=log)
        try:
            return Invoked(json.loads(body), log=log)
        except ValueError:
            return Invoked(kind="NotJson", error=f"the answer is no JSON: {body[:200]!r}", log=log)

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


def _kind(body: bytes) -> str:
    try:
        return str(json.loads(body).get("errorType", "error"))
    except (ValueError, AttributeError):
        return "error"
