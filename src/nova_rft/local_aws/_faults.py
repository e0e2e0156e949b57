"""Errors on request: what tests of a client's patience and of its sentences need.

A fault is asked for over HTTP (`POST /_nova_rft/faults`, or `nova-rft local fault`). It names a service
and an operation of it; `Job` is an operation of its own: the next job that trains fails so.
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

    def refusal(self, service: str) -> Response | None:
        """The answer, in XML, of a service whose operations are not told apart here; None: no fault."""
        fault = self._take(service, "*")
        if fault is None:
            return None
        body = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
        return Response(503, {"content-type": "application/xml"}, body.encode())

    def wanted(self, service: str, operation: str) -> bool:
        """Whether a fault that is no refusal, such as a function that is killed, is asked for now."""
        return self._take(service, operation) is not None

    def job_failure(self, service: str) -> str | None:
        """The message by which a job that trains now is to fail, or None."""
        fault = self._take(service, JOB)
        return fault.message if fault else None

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
