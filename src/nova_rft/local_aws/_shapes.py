"""Values against botocore's shapes: what no request may hold, and how answers are written.

botocore checks only required members, types and minima before it sends; the services check the rest, so
the embedded ones do too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

# The models' patterns name classes of characters (`\p{L}`), which the standard library does not know.
import regex


def moment(text: str) -> datetime | None:
    """A timestamp as requests write it; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def problems(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Everything in a value that the model does not allow, in the services' own wording."""
    kind = shape.type_name
    checker = _CHECKS.get(kind)
    if checker is not None and not checker(value):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be a {kind}"
        return
    if kind == "structure":
        yield from _structure(value, shape, path)
    elif kind == "list":
        yield from _bounds(len(value), shape, path, "length ")
        for index, item in enumerate(value):
            yield from problems(item, shape.member, f"{path}.{index + 1}.member")
    elif kind == "map":
        yield from _bounds(len(value), shape, path, "length ")
        for key, item in value.items():
            yield from problems(key, shape.key, f"{path}.key")
            yield from problems(item, shape.value, f"{path}.{key}")
    elif kind == "string":
        yield from _string(value, shape, path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _bounds(value, shape, path, "value ")


_CHECKS: Final[dict[str, Callable[[Any], bool]]] = {
    "structure": lambda v: isinstance(v, dict),
    "list": lambda v: isinstance(v, list),
    "map": lambda v: isinstance(v, dict),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "blob": lambda v: isinstance(v, str),
    "timestamp": lambda v: (
        isinstance(v, int | float) or (isinstance(v, str) and moment(v) is not None)
    ),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "long": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "float": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "double": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}


# Values that a service's guide gives and its model lacks.
_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    # Bedrock User Guide, create a model evaluation job that uses an LLM as a judge (2026-11-26).
    "EvaluationTaskType": ("General",),
}


def _structure(value: Mapping[str, Any], shape: Any, path: str) -> Iterator[str]:
    def at(name: str) -> str:
        return f"{path}.{name}" if path else name

    if getattr(shape, "is_document_type", False):
        return
    given = [name for name, item in value.items() if item is not None]
    if shape.metadata.get("union") and len(given) != 1:
        yield f"Value at '{path}' failed to satisfy constraint: Exactly one member must be set"
    for name in shape.metadata.get("required", ()):
        if value.get(name) is None:
            yield f"Value at '{at(name)}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        member = shape.members.get(name)
        if member is None:
            yield f"Value at '{at(name)}' failed to satisfy constraint: Member is not known"
        elif item is not None:
            yield from problems(item, member, at(name))


def _string(value: str, shape: Any, path: str) -> Iterator[str]:
    yield from _bounds(len(value), shape, path, "length ")
    allowed = shape.metadata.get("enum")
    if allowed and value not in (*allowed, *_MORE.get(shape.name, ())):
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
    pattern = shape.metadata.get("pattern")
    if pattern and not regex.fullmatch(pattern, value):
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {pattern}"
        )


def _bounds(size: float, shape: Any, path: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    start = f"Value '{size}' at '{path}' failed to satisfy constraint: Member must have {what}"
    if low is not None and size < low:
        yield f"{start}greater than or equal to {low}"
    if high is not None and size > high:
        yield f"{start}less than or equal to {high}"


def rendered(value: Any, shape: Any) -> Any:
    """A value as its shape is written in JSON; members that the shape does not have are a bug.

    Raises:
        KeyError: a member that AWS is not known to show.
    """
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        return {
            shape.members[name].serialization.get("name", name): rendered(item, shape.members[name])
            for name, item in value.items()
            if item is not None
        }
    if shape.type_name == "list":
        return [rendered(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {key: rendered(item, shape.value) for key, item in value.items()}
    if isinstance(value, datetime):
        form = shape.serialization.get("timestampFormat", "unixTimestamp")
        if form == "iso8601":
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return value.timestamp()
    return value
