"""Which operation a request means, and with which parameters, by botocore's own models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError

from nova_rft.local_aws._protocol import Request, service_model

# By the name that a request is signed for, where the client is called otherwise.
_CLIENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "bedrock": ("bedrock-runtime", "bedrock"),
    "monitoring": ("cloudwatch",),
    "states": ("stepfunctions",),
}
_LABEL: Final = re.compile(r"\\\{(\w+)(\\\+)?\\\}")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of an API.

    Attributes:
        service: As botocore calls its client.
        operation: As its model names it.
        parameters: Those at the top that are found in path, query, headers and JSON or form body.
        region: The region that the request is signed for.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str


def call_of(request: Request, signed_for: str) -> ApiCall | None:
    """The call that a request makes; None where no operation of the service is found."""
    for service in _CLIENTS.get(signed_for, (signed_for,)):
        try:
            model = service_model(service)
        except UnknownServiceError:
            continue
        found = _read(service, model, request)
        if found is not None:
            return ApiCall(service, *found, request.region)
    return None


def _read(service: str, model: Any, request: Request) -> tuple[str, dict[str, Any]] | None:
    if "x-amz-target" in request.headers:
        name = request.headers["x-amz-target"].rpartition(".")[2]
        return (name, _object(request.body)) if name in model.operation_names else None
    if "query" in model.metadata.get("protocols", ()) or model.metadata["protocol"] == "ec2":
        form = parse_qs(request.body.decode(errors="replace")) or parse_qs(request.query)
        given = {key: values[0] for key, values in form.items()}
        name = given.pop("Action", "")
        return (name, given) if name in model.operation_names else None
    return _routed(service, model, request)


def _routed(service: str, model: Any, request: Request) -> tuple[str, dict[str, Any]] | None:
    """The operation of a REST service whose demands the request meets, of several the most."""
    query = parse_qs(request.query, keep_blank_values=True)
    best: tuple[int, str, dict[str, str]] | None = None
    for route in _routes(service):
        match = route.path.fullmatch(request.path.rstrip("/") or "/")
        if match is None or route.method != request.method or not route.met(query, request):
            continue
        if best is None or route.demands > best[0]:
            best = (route.demands, route.name, match.groupdict())
    if best is None:
        return None
    members = model.operation_model(best[1]).input_shape.members
    parameters = _object(request.body) if model.metadata["protocol"] == "rest-json" else {}
    for name, member in members.items():
        place = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if place == "uri":
            parameters[name] = unquote(best[2].get(wire, ""))
        elif place == "querystring" and wire in query:
            parameters[name] = query[wire][0]
        elif place == "header" and wire.lower() in request.headers:
            parameters[name] = request.headers[wire.lower()]
    return best[1], parameters


@dataclass(frozen=True, slots=True)
class _Route:
    name: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str | None]
    headers: tuple[str, ...]

    @property
    def demands(self) -> int:
        return len(self.query) + len(self.headers)

    def met(self, query: Mapping[str, list[str]], request: Request) -> bool:
        return all(
            name in query and value in (None, query[name][0]) for name, value in self.query.items()
        ) and all(name in request.headers for name in self.headers)


@cache
def _routes(service: str) -> list[_Route]:
    return list(_routes_of(service_model(service)))


def _routes_of(model: Any) -> Iterator[_Route]:
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, literal = operation.http["requestUri"].partition("?")
        demanded: dict[str, str | None] = {
            key: value or None
            for key, _, value in (pair.partition("=") for pair in literal.split("&") if pair)
        }
        headers = []
        shape = operation.input_shape
        for member in shape.required_members if shape else ():
            about = shape.members[member].serialization
            if about.get("location") == "querystring":
                demanded.setdefault(about["name"], None)
            elif about.get("location") == "header":
                headers.append(about["name"].lower())
        pattern = _LABEL.sub(
            lambda label: f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})",
            re.escape(path.rstrip("/") or "/"),
        )
        yield _Route(name, operation.http["method"], re.compile(pattern), demanded, tuple(headers))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
