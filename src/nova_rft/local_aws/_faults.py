"""Errors on request: what tests of a client's patience and of its sentences need.

A fault is asked for over HTTP (`POST /_nova_rft/faults`, or `nova-rft local fault`). It names a service
and an operation of it; `Job` is an operation of its own: the next job that trains fails so. Of Lambda
the operation is `Invoke`; of S3 `GetObject`, `PutObject`, `HeadObject` or `DeleteObject`, by its verb.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Final

from nova_rft.local_aws._protocol import Request, Response, ServiceError

FAULTS: Final = "/_nova_rft/faults"
JOB: Final = "Job"
_VERBS: Final = {
    "GET": "GetObject",
    "HEAD": "HeadObject",
    "PUT": "PutObject",
    "DELETE": "DeleteObject",
}


@dataclass(slots=True)
class _Fault:
    service: str
    operation: str
    code: str
    message: str
    left: int
    until: float


class Faults:
    """The faults that are asked for and not used up; safe to share between threads."""

    def __init__(self) -> None:
        self._known: list[_Fault] = []
        self._lock = threading.Lock()

    def check(self, service: str, operation: str) -> None:
        """Lets a call through, or refuses it.

        Args:
            service: As in an endpoint's variable: `bedrock`, `sagemaker`, `bedrock-mantle`.
            operation: Such as `GetModelCustomizationJob`.

        Raises:
            ServiceError: a fault for this operation, or for all (`*`) of the service, is left.
        """
        fault = self._take(service, operation)
        if fault is not None:
            raise ServiceError(fault.code, fault.message)

    def taken(self, service: str, operation: str) -> bool:
        """Whether something is to happen now that is no refusal of a call."""
        return self._take(service, operation) is not None

    def job_failure(self, service: str) -> str | None:
        """The message by which a job that trains now is to fail, or None."""
        fault = self._take(service, JOB)
        return fault.message if fault else None

    def of_s3(self, verb: str) -> Response | None:
        """The refusal of a request to S3, which moto would answer otherwise."""
        try:
            self.check("s3", _VERBS.get(verb, verb))
        except ServiceError as refused:
            said = f"<Error><Code>{refused.code}</Code><Message>{refused}</Message></Error>"
            body = b"" if verb == "HEAD" else said.encode()
            return Response(503, {"content-type": "application/xml"}, body)
        return None

    def answer(self, request: Request) -> Response:
        """POST adds one fault, DELETE forgets them all."""
        if request.method == "DELETE":
            with self._lock:
                self._known.clear()
            return Response(204, {}, b"")
        try:
            asked = json.loads(request.body)
            self.add(**asked)
        except (ValueError, TypeError) as error:
            body = json.dumps({"message": f"no fault can be made of this: {error}"}).encode()
            return Response(400, {"content-type": "application/json"}, body)
        return Response(204, {}, b"")

    def add(
        self,
        service: str,
        operation: str,
        code: str = "ThrottlingException",
        message: str = "Rate exceeded",
        times: int = 1,
        seconds: float | None = None,
    ) -> None:
        """Has an operation refused so many times, or, where `seconds` is given, for so long."""
        until = time.monotonic() + seconds if seconds is not None else float("inf")
        left = times if seconds is None else 2**31
        with self._lock:
            self._known.append(_Fault(service, operation, code, message, left, until))

    def _take(self, service: str, operation: str) -> _Fault | None:
        with self._lock:
            now = time.monotonic()
            self._known = [one for one in self._known if one.left > 0 and one.until > now]
            for fault in self._known:
                # A job is no operation that a star for all calls would mean.
                wild = fault.operation == "*" and operation != JOB
                if fault.service == service and (wild or fault.operation == operation):
                    fault.left -= 1
                    return fault
        return None
