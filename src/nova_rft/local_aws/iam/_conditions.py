"""Conditions of policies: the operators and keys that are known, and nothing else.

(IAM User Guide, "IAM JSON policy elements: Condition operators" and "AWS global condition context keys",
read 2026-11-26.) A policy with another operator or key is not decided: see `Unsupported`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

Context = Mapping[str, str]

# Every key that a call may bring, or is known to lack; IAM compares their names without case.
KEYS: Final = frozenset(
    key.lower()
    for key in (
        *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:RequestedRegion", "aws:ResourceAccount"),
        *("aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn"),
        *("bedrock:InferenceProfileArn", "cloudwatch:namespace", "iam:PassedToService"),
        *("kms:ViaService", "lambda:SourceFunctionArn", "s3:prefix", "s3:ResourceAccount"),
        *("sts:ExternalId",),
    )
)


class Unsupported(Exception):
    """A policy says what this evaluator does not know; whoever asks must refuse."""


def glob(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern of IAM's: `*` is any text, `?` any character."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    if "${" in pattern:
        raise Unsupported(f"policy variables are not known to the embedded AWS: {pattern}")
    parts = (
        {"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern)
    )
    return re.compile("".join(parts), re.DOTALL)


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN matches a pattern, each of its six parts by itself."""
    if pattern == "*":
        return True
    wanted, given = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(given) == 6 and all(map(glob, wanted, given))


# Whether the value of a call is one that a policy names.
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda wanted, given: wanted == given,
    "StringEqualsIgnoreCase": lambda wanted, given: wanted.lower() == given.lower(),
    "StringLike": glob,
    # In IAM both are the same.
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
}
_NEGATED: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def met(conditions: Mapping[str, Any], context: Context) -> bool:
    """Whether a call meets all of a statement's conditions.

    Args:
        conditions: The statement's `Condition`.
        context: The call's keys in small letters, each with one value.

    Raises:
        Unsupported: an operator or a key is not known here.
    """
    # Each is looked at, so that an unknown one is told whatever the others say.
    found = [
        _holds(operator, key, values, context)
        for operator, pairs in conditions.items()
        for key, values in pairs.items()
    ]
    return all(found)


def _holds(operator: str, key: str, values: Any, context: Context) -> bool:
    plain = operator.removesuffix("IfExists")
    if key.lower() not in KEYS:
        raise Unsupported(f"the condition key {key} is not known to the embedded AWS")
    given = context.get(key.lower())
    wanted = [_text(one) for one in (values if isinstance(values, list) else [values])]
    if plain == "Null":
        return (given is None) == (wanted == ["true"])
    if plain not in _OPERATORS and plain not in _NEGATED:
        raise Unsupported(f"the condition operator {operator} is not known to the embedded AWS")
    if given is None:
        # A negated operator holds for a key that is not there.
        return plain in _NEGATED or plain != operator
    matches = _OPERATORS[_NEGATED.get(plain, plain)]
    return any(matches(one, given) for one in wanted) != (plain in _NEGATED)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
