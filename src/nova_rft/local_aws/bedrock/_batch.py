"""What Bedrock knows of one batch inference job."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova_rft.local_aws.bedrock._names import now
from nova_rft.local_aws.bedrock._shown import ShownJob
from nova_rft.local_aws.training import JobStopped


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


class Batch(ShownJob):
    """A batch inference job."""

    __slots__ = ()
    RUNNING = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")

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
