"""What Bedrock knows of one batch inference job."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nova_rft.local_aws.bedrock._names import now
from nova_rft.local_aws.training import JobStopped

_RUNNING: Final = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")


@dataclass(slots=True)
class Counts:
    """Of a batch's records: how many there are, were looked at, were answered, were refused."""

    total: int
    processed: int = 0
    success: int = 0
    error: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def add(self, line: Mapping[str, Any]) -> None:
        """Counts one line of the output."""
        self.processed += 1
        if "error" in line:
            self.error += 1
            return
        self.success += 1
        usage = line["modelOutput"]["usage"]
        self.tokens_in += usage["inputTokens"]
        self.tokens_out += usage["outputTokens"]

    @property
    def manifest(self) -> dict[str, int]:
        """What stands in `manifest.json.out`."""
        return {
            "totalRecordCount": self.total,
            "processedRecordCount": self.processed,
            "successRecordCount": self.success,
            "errorRecordCount": self.error,
            "inputTokenCount": self.tokens_in,
            "outputTokenCount": self.tokens_out,
        }


@dataclass(slots=True)
class Batch:
    """A job.

    Attributes:
        shown: What GetModelInvocationJob answers; changed by a holder of the lock alone.
        stopping: Set once it is to end.
        lock: Held for the shortest time.
    """

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
        return self.shown["status"] in _RUNNING

    def stop(self) -> bool:
        """Asks the job to stop; False where it has ended."""
        with self.lock:
            if not self.running:
                return False
            self.shown |= {"status": "Stopping", "lastModifiedTime": now()}
            self.stopping.set()
            return True

    def step(self, status: str, seconds: float) -> None:
        """Into the next status, for so long at least.

        Raises:
            JobStopped: it is to end.
        """
        with self.lock:
            if not self.stopping.is_set():
                self.shown |= {"status": status, "lastModifiedTime": now()}
        if self.stopping.wait(seconds):
            raise JobStopped

    def count(self, counts: Counts) -> None:
        """Shows how far it is."""
        told = counts.manifest
        names = ("totalRecordCount", "processedRecordCount", "successRecordCount")
        with self.lock:
            self.shown |= {name: told[name] for name in (*names, "errorRecordCount")}

    def end(self, status: str, message: str | None = None) -> None:
        """Sets the last status."""
        at = now()
        with self.lock:
            self.shown |= {"status": status, "lastModifiedTime": at, "endTime": at}
            if message:
                self.shown["message"] = message[:2048]

    def snapshot(self) -> dict[str, Any]:
        """`shown` as it is now, which the job does not change any more."""
        with self.lock:
            return copy.deepcopy({k: v for k, v in self.shown.items() if v is not None})
