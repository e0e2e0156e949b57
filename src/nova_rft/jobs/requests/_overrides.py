"""Hyperparameters against what the hub's document of a model allows today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nova_rft.spec import Spec
from nova_rft.spec.training import wires


def override_problems(spec: Spec, allowed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What a spec gives that the service would not take, each as a sentence; none is good.

    Args:
        spec: Its training is looked at.
        allowed: The JSON at `SmtjOverrideParamsS3Uri` of the model's recipe: by the service's name of
            a hyperparameter, its `type`, `min`, `max`, `enum`.
    """
    found = []
    for field, wire in wires(type(spec.training)).items():
        value = getattr(spec.training, field)
        if not wire.name or value is None:
            continue
        row = allowed.get(wire.name)
        if row is None:
            known = ", ".join(sorted(allowed))
            found.append(
                f"training.{field}: the service knows no {wire.name} for {spec.model}; it takes {known}"
            )
            continue
        found += [
            f"training.{field}: {value} is not allowed ({wire.name}); the service takes {what}"
            for what in _broken(value, row)
        ]
    return found


def _broken(value: Any, row: Mapping[str, Any]) -> Iterator[str]:
    """What a row of the table asks for that a value is not."""
    if row.get("type") == "boolean":
        if not isinstance(value, bool):
            yield "true or false"
        return
    if row.get("type") == "integer" and value != int(value):
        yield "whole numbers"
    low, high, listed = row.get("min"), row.get("max"), row.get("enum")
    if low is not None and value < low:
        yield f"{low:,g} or more"
    if high is not None and value > high:
        yield f"{high:,g} or less"
    if listed is not None and value not in listed:
        yield f"{', '.join(map(str, listed))}"
