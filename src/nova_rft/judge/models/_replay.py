"""Recorded replies: written by one run, answered again by another without a model."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from nova_rft.data import json_lines, read_bytes_lines
from nova_rft.errors import JudgeRefused, UsageError
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest
from nova_rft.judge.models._as_json import reply_of, request_digest


class ReplayModel:
    """A `JudgeModel` that only knows what was recorded."""

    concurrency = 1

    def __init__(self, file: str | Path) -> None:
        """Reads the recording.

        Raises:
            UsageError: the file is missing or is no recording.
        """
        self.name = f"replay:{file}"
        self._replies: dict[str, JudgeReply] = {}
        for line in json_lines(read_bytes_lines(file)):
            try:
                self._replies[line.value["request"]] = reply_of(line.value)
            except (TypeError, KeyError, AttributeError):
                raise UsageError(
                    f"{file}:{line.number}: no recorded reply; "
                    "name a file written by `nova-rft score --record FILE`"
                ) from None

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The recorded reply.

        Raises:
            JudgeRefused: this request was not recorded.
        """
        try:
            return self._replies[request_digest(request)]
        except KeyError:
            raise JudgeRefused(
                f"{self.name} holds no reply to this question; "
                "record it with the same spec and rollouts (`nova-rft score --record FILE`)"
            ) from None


class RecordingModel:
    """A `JudgeModel` that passes questions on and writes down every reply."""

    def __init__(self, inner: JudgeModel, stream: TextIO) -> None:
        self._inner = inner
        self._stream = stream
        self._lock = threading.Lock()
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """Asks the model behind and records what it said."""
        reply = self._inner.ask(request, deadline=deadline)
        line = json.dumps({"request": request_digest(request), **asdict(reply)})
        with self._lock:
            self._stream.write(line + "\n")
        return reply
