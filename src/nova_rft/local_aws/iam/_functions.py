"""A function's role: in which its code calls, and in which Lambda writes its log."""

from __future__ import annotations

from typing import Any, Final

from nova_rft.local_aws.iam._acting import may_log
from nova_rft.local_aws.iam._guard import Denied, Guard

_PRINCIPAL: Final = "lambda.amazonaws.com"


def function_credentials(guard: Guard, function: Any) -> dict[str, str]:
    """A session's, as variables of the function's environment.

    Raises:
        Denied: Lambda cannot assume the role.
    """
    name = function.function_name
    return guard.credentials(function.role, _PRINCIPAL, name, _source(function))


def function_may_log(guard: Guard, function: Any, region: str, group: str, stream: str) -> bool:
    """Whether the function's role lets Lambda write its log; else the log is lost, as in AWS."""
    try:
        caller = guard.assume(
            function.role, _PRINCIPAL, function.function_name, context=_source(function)
        )
    except Denied:
        return False
    return may_log(guard, caller, region, group, stream)


def _source(function: Any) -> dict[str, str]:
    """What Lambda adds to all these calls.

    (Lambda Developer Guide, "Using source function ARN to control function access behavior", read
    2026-11-26.) The key has the ARN of the function, whichever version runs.
    """
    return {"lambda:SourceFunctionArn": ":".join(function.function_arn.split(":")[:7])}
