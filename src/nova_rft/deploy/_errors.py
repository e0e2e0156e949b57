"""What went wrong, from what the CDK command line printed."""

from __future__ import annotations

import re
from typing import Final

from nova_rft.deploy._run import Ran
from nova_rft.errors import AwsRefused, FindingsError, NovaRftError, UsageError

# `error: ...` is what our own app prints before it leaves with status 2.
_OURS: Final = re.compile(r"^(?:\[?error\]?:?\s*)?error: (?P<text>.+)$", re.IGNORECASE)
# `AccessDenied: User ... is not authorized`, `ValidationError: Stack ... is in ROLLBACK_FAILED`
_CODE: Final = re.compile(
    r"\b(?P<code>[A-Z]\w*(?:Exception|Error|Denied|NotFound|Exists|Token\w*|TokenId|Exceeded))\b:?\s"
)
# A resource that failed, as the CDK lists events: `STACK | 2/9 | TIME | CREATE_FAILED | TYPE | NAME why`
_EVENT: Final = re.compile(r"\| \w+_FAILED +\| (?P<text>.+)$")
_STACK: Final = "❌"
_CAUSE: Final = "‣"
_ASKED: Final = re.compile(
    r"not authorized|AccessDenied|ExpiredToken|security token|Need to perform AWS calls|"
    r"[Bb]een bootstrapped|[Uu]nable to resolve AWS account"
)
_NOISE: Final = re.compile(r"^\s*at |^(?:[✨⏳]|\d+:\d+:\d+)|Traceback|^\s*File \"")
_FINDINGS: Final = "ValidationFailed"


def failure(what: str, ran: Ran) -> NovaRftError:
    """The error for a failed run: which kind it is, what the CDK printed, where all of it is."""
    told = [line.strip() for line in ran.lines if not _NOISE.search(line)]
    where = f"all that the CDK printed is in {ran.log}"
    for line in reversed(told):
        ours = _OURS.match(line)
        if ours and "Subprocess exited" not in line:
            if _FINDINGS in line:
                return FindingsError(f"{what}: cdk-nag has findings; {where}")
            return UsageError(f"{what}: {ours['text']}")
    cause = _refusal(told)
    if cause:
        code = _CODE.search(cause + " ")
        return AwsRefused(
            f"{what}: {cause}; {where}",
            service="cloudformation",
            operation="DeployStack",
            code=code["code"] if code else "StackFailed",
        )
    last = told[-1] if told else "it printed nothing"
    return NovaRftError(f"{what} (exit status {ran.status}): {last}; {where}")


def _refusal(told: list[str]) -> str | None:
    """What AWS refused: the first failure, since those after it are its consequences."""
    for line in told:
        event = _EVENT.search(line)
        if event:
            return event["text"].strip()
    for line, following in zip(told, [*told, ""][1:], strict=True):
        if line.startswith(_STACK):
            why = following.removeprefix(_CAUSE).strip() if following.startswith(_CAUSE) else ""
            return " ".join([line.removeprefix(_STACK).strip(), why]).strip()
    return next((line for line in told if _ASKED.search(line)), None)
