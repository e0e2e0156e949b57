"""What jobs that run in threads of their own have in common: what is shown, and an end on request."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nova_rft.local_aws.bedrock._names import now


@dataclass(slots=True)
class ShownJob:
    """A job as its service tells of it.

    Attributes:
        RUNNING: Statuses in which it has not ended.
        shown: What its Get operation answers; changed by a holder of the lock alone.
        stopping: Set once it is to end.
        lock: Held for the shortest time; nothing is waited for under it.
    """

    RUNNING: ClassVar[tuple[str, ...]]

    shown: dict[str, Any]
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.shown["jobArn"])

    @property
    def name(self) -> str:
        """Its name, unique in the region."""
        return str(self.shown["jobName"])

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.shown["status"] in self.RUNNING

    def stop(self) -> bool:
        """Asks the job to stop; False where it has ended."""
        with self.lock:
            if not self.running:
                return False
            self.shown |= {"status": "Stopping", "lastModifiedTime": now()}
            self.stopping.set()
            return True
