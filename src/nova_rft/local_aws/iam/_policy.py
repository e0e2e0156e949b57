"""Policies, decided: what their documents say of one action on one resource.

(IAM User Guide, "Policy evaluation logic", read 2026-11-26: an explicit deny wins, without an allow
everything is denied.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from nova_rft.local_aws.iam._conditions import Context, Unsupported, arn_matches, glob, met

__all__ = ["Unsupported", "Verdict", "statements", "trusts", "verdict"]


class Verdict(Enum):
    """What policies say."""

    ALLOWED = "allowed"
    DENIED = "explicitly denied"
    SILENT = "not allowed"


def verdict(documents: Iterable[str], action: str, resource: str, context: Context) -> Verdict:
    """What policies of one kind say together.

    Args:
        documents: The policies, as JSON.
        action: Such as `s3:GetObject`.
        resource: Its ARN; `*` for an action that knows none.
        context: Condition keys in small letters.

    Raises:
        Unsupported: a statement on this action and resource has a condition that is not known here.
    """
    found = Verdict.SILENT
    for statement in (one for document in documents for one in statements(document)):
        if not _is_about(statement, action, resource):
            continue
        if not met(statement.get("Condition", {}), context):
            continue
        if statement["Effect"] == "Deny":
            return Verdict.DENIED
        found = Verdict.ALLOWED
    return found


def trusts(document: str, principal: Mapping[str, tuple[str, ...]], context: Context) -> bool:
    """Whether a role's trust policy lets a principal assume it.

    Args:
        document: The trust policy, as JSON.
        principal: By kind, `Service` or `AWS`, the names that it goes by.
        context: Condition keys in small letters.

    Raises:
        Unsupported: a statement on this principal has a condition that is not known here.
    """
    allowed = False
    for statement in statements(document):
        if not any(glob(one, "sts:AssumeRole") for one in listed(statement.get("Action"))):
            continue
        if not _names(statement.get("Principal", {}), principal):
            continue
        if not met(statement.get("Condition", {}), context):
            continue
        if statement["Effect"] == "Deny":
            return False
        allowed = True
    return allowed


@lru_cache(maxsize=512)
def statements(document: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of a policy, which nobody may change."""
    # What a template leaves out by a condition stays in moto's documents as nothing.
    return tuple(one for one in listed(json.loads(document)["Statement"]) if one)


def listed(value: Any) -> list[Any]:
    """What IAM lets stand alone or in a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_about(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    return _meant(statement, "Action", action.lower(), _same_action) and _meant(
        statement, "Resource", resource, arn_matches
    )


def _same_action(pattern: str, action: str) -> bool:
    return glob(pattern.lower(), action)


def _meant(statement: Mapping[str, Any], element: str, text: str, matches: Any) -> bool:
    """Whether a statement's element, or the same with `Not` before it, means a text."""
    if element in statement:
        return any(matches(pattern, text) for pattern in listed(statement[element]))
    if f"Not{element}" in statement:
        return not any(matches(pattern, text) for pattern in listed(statement[f"Not{element}"]))
    raise Unsupported(f"a statement names no {element}: {json.dumps(statement)[:200]}")


def _names(given: Any, principal: Mapping[str, tuple[str, ...]]) -> bool:
    if given == "*":
        return True
    return any(
        name == "*" or name in names
        for kind, names in principal.items()
        for name in listed(given.get(kind))
    )
