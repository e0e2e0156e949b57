"""REST-JSON services from botocore's own models: requests read and checked, answers written.

botocore checks only required members, types and minima before it sends; the services check the rest, so
the embedded ones do too.
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote

import botocore.session

from nova_rft.data import loads

# A label of a path after `re.escape`, and whether it may hold slashes (they are escaped in others).
_LABEL: Final = re.compile(r"\\\{(\w+)(\\\+)?\\\}")


class ServiceError(Exception):
    """An error that a service answers with: its code as the service's model names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, as far as the services look at it."""

    method: str
    path: str
    query: str
    body: bytes
    region: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Operation = Callable[[dict[str, Any], Request], Mapping[str, Any]]
# Called with service and operation before one is carried out; raises ServiceError to refuse it.
Gate = Callable[[str, str], None]


class Service(Protocol):
    """Whatever answers some of the requests that reach the server."""

    def answer(self, request: Request) -> Response | None:
        """The answer, or None where the request is for somebody else."""
        ...


def open_gate(service: str, operation: str) -> None:
    """Refuses nothing."""


class RestJsonService:
    """Some operations of one service, spoken as botocore's model of it says."""

    def __init__(
        self, name: str, operations: Mapping[str, Operation], gate: Gate = open_gate
    ) -> None:
        """Takes operations by their names in the model, such as `GetCustomModel`."""
        self._name = name
        self._gate = gate
        self._model = service_model(name)
        self._operations = operations
        self._routes = [self._route(operation) for operation in operations]

    def _route(self, name: str) -> tuple[str, re.Pattern[str], str]:
        http = self._model.operation_model(name).http
        pattern = _LABEL.sub(
            lambda label: f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})",
            re.escape(http["requestUri"].split("?")[0]),
        )
        return http["method"], re.compile(pattern), name

    def answer(self, request: Request) -> Response | None:
        """The service's answer, or None where no operation of this list is meant."""
        for method, pattern, name in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return self._call(name, match.groupdict(), request)
        return None

    def _call(self, name: str, in_path: dict[str, str], request: Request) -> Response:
        operation = self._model.operation_model(name)
        try:
            self._gate(self._name, name)
            parameters = self._read(operation, in_path, request)
            found = list(problems(parameters, operation.input_shape))
            if found:
                noun = "error" if len(found) == 1 else "errors"
                text = f"{len(found)} validation {noun} detected: " + "; ".join(found)
                raise ServiceError("ValidationException", text)
            result = self._operations[name](parameters, request)
            body = rendered(result, operation.output_shape) if operation.output_shape else {}
        except ServiceError as error:
            return self._error(operation, error)
        except Exception as error:
            # A fault of ours: said as the services say it, with its trace in the server's log.
            traceback.print_exc()
            return self._error(operation, ServiceError("InternalServerException", repr(error)))
        return _json(operation.http.get("responseCode", 200), body)

    def _read(self, operation: Any, in_path: dict[str, str], request: Request) -> dict[str, Any]:
        shape = operation.input_shape
        body = _object(request.body)
        query = parse_qs(request.query, keep_blank_values=True)
        parameters = dict(body)
        for name, member in shape.members.items():
            place = member.serialization.get("location")
            wire = member.serialization.get("name", name)
            if place == "uri" and wire in in_path:
                parameters[name] = _from_text([unquote(in_path[wire])], member)
            elif place == "querystring" and wire in query:
                parameters[name] = _from_text(query[wire], member)
        return parameters

    def _error(self, operation: Any, error: ServiceError) -> Response:
        status = {
            shape.name: shape.metadata.get("error", {}).get("httpStatusCode", 400)
            for shape in operation.error_shapes
        }.get(error.code, 400)
        answer = _json(status, {"message": str(error)})
        return Response(status, {**answer.headers, "x-amzn-errortype": error.code}, answer.body)


@cache
def service_model(name: str) -> Any:
    """Botocore's model of a service."""
    return botocore.session.get_session().get_service_model(name)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("ValidationException", f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ServiceError("ValidationException", "the body is no object")
    return value


def _json(status: int, value: Any) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(value).encode())


def _from_text(texts: list[str], shape: Any) -> Any:
    """What a path or a query says, as its shape's type; text that is none stays text, and is refused."""
    text = texts[0]
    if shape.type_name == "list":
        return [_from_text([one], shape.member) for one in texts]
    if shape.type_name in ("integer", "long"):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


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
    if allowed and value not in allowed:
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
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
