"""Services from botocore's own models, in REST-JSON and in JSON 1.1: requests read, answers written."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote

import botocore.session

from nova_rft.data import loads
from nova_rft.local_aws._shapes import moment, problems, rendered

__all__ = [
    "Gate",
    "JsonService",
    "NotOurs",
    "Operation",
    "Request",
    "Response",
    "RestJsonService",
    "Service",
    "ServiceError",
    "moment",
    "open_gate",
    "problems",
    "rendered",
    "service_model",
]

_JSON_1_1: Final = "application/x-amz-json-1.1"
# A label of a path after `re.escape`, and whether it may hold slashes (they are escaped in others).
_LABEL: Final = re.compile(r"\\\{(\w+)(\\\+)?\\\}")


class NotOurs(Exception):
    """Leaves a request to whoever comes next, in the end to moto."""


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
# Finds the parameters of an operation, given its model.
Reader = Callable[[Any], dict[str, Any]]
# Called with service and operation before one is carried out; raises ServiceError to refuse it.
Gate = Callable[[str, str], None]


class Service(Protocol):
    """Whatever answers some of the requests that reach the server."""

    def answer(self, request: Request) -> Response | None:
        """The answer, or None where the request is for somebody else."""
        ...


def open_gate(service: str, operation: str) -> None:
    """Refuses nothing."""


class _ModelledService:
    """Some operations of one service, carried out as botocore's model of it says."""

    # The code of an error that is the embedded AWS's own fault.
    _fault = "InternalServerException"

    def __init__(
        self, name: str, operations: Mapping[str, Operation], gate: Gate = open_gate
    ) -> None:
        """Takes operations by their names in the model, such as `GetCustomModel`."""
        self._name = name
        self._gate = gate
        self._model = service_model(name)
        self._operations = operations

    def _carry_out(self, name: str, request: Request, read: Reader) -> Response | None:
        """Answers one operation, whose parameters `read` finds in the request."""
        operation = self._model.operation_model(name)
        try:
            self._gate(self._name, name)
            parameters = read(operation)
            found = list(problems(parameters, operation.input_shape))
            if found:
                noun = "error" if len(found) == 1 else "errors"
                text = f"{len(found)} validation {noun} detected: " + "; ".join(found)
                raise ServiceError("ValidationException", text)
            result = self._operations[name](parameters, request)
            body = rendered(result, operation.output_shape) if operation.output_shape else {}
        except NotOurs:
            return None
        except ServiceError as error:
            return self._error(operation, error)
        except Exception as error:
            # A fault of ours: said as the services say it, with its trace in the server's log.
            traceback.print_exc()
            return self._error(operation, ServiceError(self._fault, repr(error)))
        return self._answer(operation, body)

    def _answer(self, operation: Any, body: Any) -> Response:
        raise NotImplementedError

    def _error(self, operation: Any, error: ServiceError) -> Response:
        raise NotImplementedError


class RestJsonService(_ModelledService):
    """Operations that are told apart by method and path, such as Bedrock's."""

    def __init__(
        self, name: str, operations: Mapping[str, Operation], gate: Gate = open_gate
    ) -> None:
        """Takes operations by their names in the model, such as `GetCustomModel`."""
        super().__init__(name, operations, gate)
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
                read = partial(_read, in_path=match.groupdict(), request=request)
                return self._carry_out(name, request, read)
        return None

    def _answer(self, operation: Any, body: Any) -> Response:
        return _json(operation.http.get("responseCode", 200), body)

    def _error(self, operation: Any, error: ServiceError) -> Response:
        status = {
            shape.name: shape.metadata.get("error", {}).get("httpStatusCode", 400)
            for shape in operation.error_shapes
        }.get(error.code, 400)
        answer = _json(status, {"message": str(error)})
        return Response(status, {**answer.headers, "x-amzn-errortype": error.code}, answer.body)


class JsonService(_ModelledService):
    """Operations that a header names (`X-Amz-Target: SageMaker.CreateHub`), as in AWS's JSON 1.1."""

    _fault = "InternalFailure"

    def answer(self, request: Request) -> Response | None:
        """The service's answer, or None where no operation of this list is meant."""
        prefix, _, name = request.headers.get("x-amz-target", "").rpartition(".")
        if prefix != self._model.metadata["targetPrefix"] or name not in self._operations:
            return None
        return self._carry_out(name, request, lambda _: _object(request.body))

    def _answer(self, operation: Any, body: Any) -> Response:
        return _json(200, body, _JSON_1_1)

    def _error(self, operation: Any, error: ServiceError) -> Response:
        status = 500 if error.code == self._fault else 400
        return _json(status, {"__type": error.code, "message": str(error)}, _JSON_1_1)


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


def _json(status: int, value: Any, kind: str = "application/json") -> Response:
    return Response(status, {"content-type": kind}, json.dumps(value).encode())


def _read(operation: Any, in_path: Mapping[str, str], request: Request) -> dict[str, Any]:
    """The parameters in a REST request's body, path and query."""
    parameters = dict(_object(request.body))
    query = parse_qs(request.query, keep_blank_values=True)
    for name, member in operation.input_shape.members.items():
        place = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if place == "uri" and wire in in_path:
            parameters[name] = _from_text([unquote(in_path[wire])], member)
        elif place == "querystring" and wire in query:
            parameters[name] = _from_text(query[wire], member)
    return parameters


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
