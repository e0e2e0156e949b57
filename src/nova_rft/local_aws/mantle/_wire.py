"""OpenAI's HTTP: a request as an operation sees it, pages, uploads and errors.

Shapes are those of the `openai` package's types (3.54.0); what Bedrock answers where OpenAI's own
service has several codes to choose from is not documented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qs

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from nova_rft.data import loads
from nova_rft.local_aws._account import Account
from nova_rft.local_aws._protocol import Request, Response, ServiceError

_INVALID: Final = "invalid_request_error"
# HTTP status, OpenAI's type and code for the codes that AWS's services have in common.
_OF_SERVICES: Final = {
    "AccessDenied": (403, "permission_error", "access_denied"),
    "ExpiredToken": (401, _INVALID, "invalid_api_key"),
    "InternalServer": (500, "server_error", "internal_error"),
    "ModelTimeout": (408, "server_error", "timeout"),
    "ResourceNotFound": (404, _INVALID, "not_found"),
    "ServiceQuotaExceeded": (429, "insufficient_quota", "insufficient_quota"),
    "ServiceUnavailable": (503, "server_error", "service_unavailable"),
    "Throttling": (429, "rate_limit_error", "rate_limit_exceeded"),
    "UnrecognizedClient": (401, _INVALID, "invalid_api_key"),
    "Validation": (400, _INVALID, "invalid_value"),
}


class Refused(Exception):
    """An error that the API answers with: HTTP status, sentence, code and the parameter at fault."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = _INVALID,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind

    def response(self) -> Response:
        """The error's HTTP answer."""
        about = {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}
        return answer({"error": about}, self.status)


def refused_as(error: ServiceError) -> Refused:
    """One of AWS's errors in OpenAI's form; a code that is not known keeps its name."""
    status, kind, code = _OF_SERVICES.get(
        error.code.removesuffix("Exception"), (400, _INVALID, error.code)
    )
    return Refused(status, str(error), code=code, kind=kind)


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


@dataclass(frozen=True)
class Asked:
    """One request to an operation.

    Attributes:
        request: As it came.
        account: The account, as the owner of the key sees it.
        identifier: The id that stands in its path; empty where there is none.
    """

    request: Request
    account: Account
    identifier: str = ""

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; of one that is given twice the first."""
        found = parse_qs(self.request.query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent.

        Raises:
            Refused: it is none.
        """
        try:
            value = loads(self.request.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise Refused(
                400, f"We could not parse the JSON body of your request: {error}"
            ) from None
        if not isinstance(value, dict):
            raise Refused(400, "The body of a request is a JSON object")
        return value

    def page(self, items: Sequence[Mapping[str, Any]], default: int, most: int) -> Response:
        """The part of a list that `after` and `limit` ask for.

        Raises:
            Refused: one of them is no such thing.
        """
        start = 0
        if "after" in self.query:
            ids = [item["id"] for item in items]
            if self.query["after"] not in ids:
                raise Refused(400, f"no object with id {self.query['after']!r}", param="after")
            start = ids.index(self.query["after"]) + 1
        limit = self.query.get("limit", str(default))
        if not limit.isdecimal() or not 1 <= int(limit) <= most:
            raise Refused(400, f"limit must be a whole number from 1 to {most:,}", param="limit")
        part = items[start : start + int(limit)]
        return answer(
            {
                "object": "list",
                "data": part,
                "first_id": part[0]["id"] if part else None,
                "last_id": part[-1]["id"] if part else None,
                "has_more": start + len(part) < len(items),
            }
        )

    def upload(self) -> tuple[dict[str, str], str, bytes]:
        """The fields of a multipart form, and name and content of its file.

        Raises:
            Refused: there is no file.
        """
        kind, options = parse_options_header(self.request.headers.get("content-type", ""))
        body = self.request.body
        # Silent, it would give what could be read of a form that breaks off.
        parser = FormDataParser(_in_memory, silent=False)
        try:
            _, fields, files = parser.parse(BytesIO(body), kind, len(body), options)
        except ValueError as error:
            raise Refused(400, f"the form cannot be read: {error}") from None
        file = files.get("file")
        if file is None:
            raise Refused(400, "a multipart form with a file is expected", param="file")
        return dict(fields.items()), file.filename or "", file.stream.read()


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> BytesIO:
    """Where a part of a form goes: the whole of it is in memory already."""
    return BytesIO()
