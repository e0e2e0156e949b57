"""EventBridge's default bus: events of services, delivered to the functions that rules name.

moto keeps the rules and knows their patterns, but calls no function. Here a function is called once, and
twice more where it fails, as Lambda does with what it takes asynchronously; then the event goes to the
target's queue of dead letters, where it has one.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

# Calls a function: region, ARN and payload in, whether it did without an error out.
Call = Callable[[str, str, bytes], bool]
_TRIES: Final = 3
# Lambda waits a minute and two between its tries.
_PAUSE_S: Final = 1.0


class Events:
    """Sends events; each delivery is a thread of its own, so that nobody waits for one."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def emit(
        self, region: str, source: str, kind: str, detail: Mapping[str, Any], *resources: str
    ) -> None:
        """Sends an event to whoever listens.

        Args:
            region: Where it happened.
            source: Such as `aws.bedrock`.
            kind: Its `detail-type`.
            detail: Its `detail`; moments may be among it.
            resources: ARNs of what it is about.
        """
        event = json.loads(
            json.dumps(
                {
                    "version": "0",
                    "id": str(uuid.uuid4()),
                    "detail-type": kind,
                    "source": source,
                    "account": DEFAULT_ACCOUNT_ID,
                    "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                    "region": region,
                    "resources": list(resources),
                    "detail": {key: one for key, one in detail.items() if one is not None},
                },
                default=str,
            )
        )
        for target in list(_targets(region, event)):
            given = (region, target, event)
            threading.Thread(target=self._deliver, args=given, daemon=True).start()

    def _deliver(self, region: str, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        body = json.dumps(event)
        for attempt in range(_TRIES):
            if self._call(region, target["Arn"], body.encode()):
                return
            time.sleep(_PAUSE_S * attempt)
        letters = target.get("DeadLetterConfig", {}).get("Arn")
        if letters:
            queues = get_backend("sqs")[DEFAULT_ACCOUNT_ID][region]
            queues.send_message(letters.rsplit(":", 1)[-1], body)


def _targets(region: str, event: Any) -> Iterator[Mapping[str, Any]]:
    """The functions that rules of the default bus name for an event."""
    rules = get_backend("events")[DEFAULT_ACCOUNT_ID][region].event_buses["default"].rules
    for rule in list(rules.values()):
        if rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
            yield from (one for one in rule.targets if ":lambda:" in one["Arn"])
