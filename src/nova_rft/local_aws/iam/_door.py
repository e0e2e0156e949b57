"""The guard at the server's door: who signed a request, whether they may, and how AWS says no."""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from nova_rft.local_aws._protocol import Request, Response, service_model
from nova_rft.local_aws.iam._calls import call_of
from nova_rft.local_aws.iam._guard import Denied, Guard

_SIGNED: Final = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/aws4_request")
# Their clients' names, where they are not what a request is signed for.
_CLIENTS: Final = {"monitoring": "cloudwatch", "states": "stepfunctions"}
_XML: Final = {"content-type": "text/xml"}


class Door:
    """Stands before all services."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def refusal(self, request: Request) -> Response | None:
        """The answer to a request that may not pass; None where it may."""
        signed = _SIGNED.search(request.headers.get("authorization", ""))
        key, service = signed.groups() if signed else _presigned(request)
        try:
            self._check(request, key, service)
        except Denied as denied:
            return _said(service or "s3", denied)
        return None

    def _check(self, request: Request, key: str, service: str) -> None:
        if not key:
            raise Denied("Request is missing Authentication Token", "MissingAuthenticationToken")
        query = parse_qs(request.query)
        token = request.headers.get("x-amz-security-token")
        for name in ("X-Amz-Security-Token", "x-amz-security-token"):
            token = token or query.get(name, [None])[0]
        caller = self._guard.caller(key, token)
        if caller is None and service != "sts":
            return
        call = call_of(request, service)
        if caller is None:
            if call is not None:
                self._guard.check_master(call)
        elif call is None:
            raise Denied(
                f"the embedded AWS does not know which operation of {service} "
                f"{request.method} {request.path} is"
            )
        else:
            self._guard.check(caller, call)


def _presigned(request: Request) -> tuple[str, str]:
    """Key and service of a request that is signed in its query; empty where it is not signed."""
    query = parse_qs(request.query)
    parts = query.get("X-Amz-Credential", [""])[0].split("/")
    if len(parts) == 5:
        return parts[0], parts[3]
    # As S3 alone still takes it, and botocore signs addresses by default.
    return (query["AWSAccessKeyId"][0], "s3") if "AWSAccessKeyId" in query else ("", "")


def _said(service: str, denied: Denied) -> Response:
    """A refusal in the form in which a service answers."""
    model = service_model(_CLIENTS.get(service, service))
    message, code = str(denied), denied.code
    if service == "s3":
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        return Response(403, _XML, error.encode())
    if "query" in model.metadata["protocols"] and service != "monitoring":
        error = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
        body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        return Response(403, _XML, body.encode())
    if model.metadata["protocol"] == "ec2":
        error = f"<Code>UnauthorizedOperation</Code><Message>{escape(message)}</Message>"
        body = f"<Response><Errors><Error>{error}</Error></Errors></Response>"
        return Response(403, _XML, body.encode())
    code = f"{code}Exception" if code == "AccessDenied" else code
    rest = model.metadata["protocol"] == "rest-json"
    about = {"content-type": "application/json", "x-amzn-errortype": code}
    body = json.dumps({"__type": code, "message": message, "Message": message})
    return Response(403 if rest else 400, about, body.encode())
