"""Jobs that vanish on request: what tests of a client need whose job somebody else has deleted.

No API of AWS deletes a customization job, so this is asked for beside them all: `POST /_nova_rft/forget`
with a service and the name, id or ARN of a job of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Protocol

from nova_rft.local_aws._protocol import Request, Response

FORGET: Final = "/_nova_rft/forget"


class Forgets(Protocol):
    """A service that has jobs."""

    def forget(self, identifier: str) -> bool:
        """Makes a job vanish, running or not; False where there is none."""
        ...


def forget(request: Request, services: Mapping[str, Forgets]) -> Response:
    """Says 204 once the job is gone, 404 where there was none, 400 where nothing can be made of it.

    Args:
        request: Its body is an object with `service` and `identifier`.
        services: By the names that faults know them by.
    """
    try:
        asked = json.loads(request.body)
        service, identifier = services[asked["service"]], asked["identifier"]
    except (ValueError, TypeError, KeyError) as error:
        return _said(400, f"no job can be found by this: {error!r}")
    if not service.forget(identifier):
        return _said(404, f"{asked['service']} has no job {identifier}")
    return Response(204, {}, b"")


def _said(status: int, message: str) -> Response:
    body = json.dumps({"message": message}).encode()
    return Response(status, {"content-type": "application/json"}, body)
