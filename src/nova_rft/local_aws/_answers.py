"""What functions answer to CloudFormation: they are told a request, and write to an address.

Events and answers are as in the CloudFormation User Guide, "Custom resource request objects" and
"response objects" (read 2026-11-26).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any, Final

from nova_rft.local_aws._protocol import Request, Response

ANSWERS: Final = "/_nova_rft/custom-resource/"
# Calls a function: region, ARN and payload in, whether it did without an error out.
Call = Callable[[str, str, bytes], bool]


class NoSuccess(Exception):
    """A function that could not do what a stack asks for, in its own words."""


class Answers:
    """What functions have written, by the request that they were told."""

    def __init__(self, endpoint: str, call: Call) -> None:
        self._endpoint = endpoint
        self._call = call
        self._known: dict[str, dict[str, Any]] = {}

    def take(self, request: Request) -> Response:
        """PUT keeps an answer."""
        self._known[request.path.removeprefix(ANSWERS)] = json.loads(request.body)
        return Response(200, {}, b"")

    def ask(self, kind: str, region: str, given: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Tells the function, and gives what it has answered.

        Raises:
            NoSuccess: it answered FAILED, or nothing.
        """
        token = str(uuid.uuid4())
        event = {
            "RequestType": kind,
            "RequestId": token,
            "StackId": "embedded",
            "ResponseURL": f"{self._endpoint}{ANSWERS}{token}",
            "ResourceType": "AWS::CloudFormation::CustomResource",
            "ServiceToken": given["ServiceToken"],
            "ResourceProperties": given,
            **more,
        }
        self._call(region, given["ServiceToken"], json.dumps(event).encode())
        answer = self._known.pop(token, None)
        if answer is None:
            raise NoSuccess("the custom resource's function did not answer; its log says why")
        if answer.get("Status") != "SUCCESS":
            raise NoSuccess(f"the custom resource failed: {answer.get('Reason', 'no reason')}")
        return answer
