"""Policies taken apart: each grant is one action on one resource, and can be taken away alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource under one condition."""

    effect: str
    action: str
    resource: str
    condition: str = ""


def grants(document: Document) -> Iterator[Grant]:
    """All of a policy."""
    for statement in _listed(document["Statement"]):
        yield from _of(statement)


def without(document: Document, grant: Grant) -> Document:
    """The policy less one grant, wherever it stands."""
    kept = [
        {
            "Effect": one.effect,
            "Action": one.action,
            "Resource": one.resource,
            **({"Condition": json.loads(one.condition)} if one.condition else {}),
        }
        for one in grants(document)
        if one != grant
    ]
    # IAM takes no policy without a statement: one that allows nothing stands for it.
    nothing = {"Effect": "Deny", "Action": "none:None", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": kept or [nothing]}


def _of(statement: Document) -> Iterator[Grant]:
    conditions = statement.get("Condition")
    condition = json.dumps(conditions, sort_keys=True) if conditions else ""
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Grant(statement["Effect"], action, resource, condition)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
