"""Machines in their roles: what a state calls is held to what the role of its machine may.

(Step Functions Developer Guide, "How AWS Step Functions works with IAM" and "IAM policies for using
Distributed Map states", read 2026-11-26.)
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from nova_rft.local_aws.iam import Guard

_PRINCIPAL: Final = "states.amazonaws.com"
_SESSION: Final = "states"
# As moto's own clients: a state says itself how often it is tried and how long it may take.
_PATIENCE_S: Final = 99_999_999


class Roles:
    """The sessions of all machines' roles, and clients that call in them."""

    def __init__(self, guard: Guard, endpoint: str) -> None:
        """Takes who enforces rights, and where clients find their services."""
        self._guard = guard
        self._endpoint = endpoint
        self._keys: dict[str, dict[str, str]] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def enter(self, role: str, machine: str) -> None:
        """Assumes a role for a machine, or refuses to start an execution, as AWS does.

        Args:
            role: Its ARN.
            machine: The machine's, which the role has to trust.
        """
        from moto.core.exceptions import AWSError

        from nova_rft.local_aws.iam import Denied

        try:
            found = self._guard.credentials(role, _PRINCIPAL, _SESSION, {}, source=machine)
        except Denied as denied:
            refused = AWSError(str(denied), "AccessDeniedException", 400)
            raise refused from None
        with self._lock:
            # One session for each role: another one would be another client, which is slow to make.
            self._keys.setdefault(role, found)

    def client(self, role: str, region: str, service: str) -> Any:
        """A client that calls in a role that was entered."""
        with self._lock:
            wanted = (role, region, service)
            if wanted not in self._clients:
                self._clients[wanted] = self._made(self._keys[role], region, service)
            return self._clients[wanted]

    def _made(self, keys: dict[str, str], region: str, service: str) -> Any:
        import boto3
        from botocore.config import Config

        make: Any = boto3.client
        return make(
            service,
            region_name=region,
            endpoint_url=self._endpoint,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
            config=Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                connect_timeout=_PATIENCE_S,
                read_timeout=_PATIENCE_S,
            ),
        )

    def require(self, role: str, action: str, resource: str) -> None:
        """Refuses what Step Functions does itself in a role that was entered.

        Raises:
            Denied: the role may not.
        """
        from nova_rft.local_aws.iam import Needed

        caller = self._guard.caller(
            self._keys[role]["AWS_ACCESS_KEY_ID"], self._keys[role]["AWS_SESSION_TOKEN"]
        )
        if caller is not None:
            self._guard.require(caller, [Needed(action, resource)], resource.split(":")[3])
