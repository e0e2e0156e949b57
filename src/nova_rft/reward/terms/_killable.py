"""A child process that answers JSON lines and can be killed when it takes too long."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from typing import Any


class WorkerFailed(Exception):
    """The child died, or was killed because it took too long."""


class KillableWorker:
    """One `python -m MODULE` child; started when first asked, and again after it was killed."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def ask(self, question: dict[str, Any], *, timeout_s: float, start_s: float = 30.0) -> Any:
        """The child's answer to one question.

        Args:
            question: What goes to the child as one JSON line.
            timeout_s: Seconds for the answer.
            start_s: Further seconds for the first answer, while the child imports.

        Raises:
            WorkerFailed: no answer in time (the child is killed), or the child died.
        """
        fresh = self._child is None
        child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            raise WorkerFailed("the child has no pipes")
        try:
            child.stdin.write(json.dumps(question).encode() + b"\n")
            child.stdin.flush()
            line = _read_line(child.stdout.fileno(), timeout_s + (start_s if fresh else 0))
        except (BrokenPipeError, TimeoutError) as error:
            self.close()
            raise WorkerFailed(
                f"took longer than {timeout_s:g} s" if isinstance(error, TimeoutError) else "died"
            ) from None
        if not line:
            self.close()
            raise WorkerFailed("died")
        return json.loads(line)

    def _start(self) -> subprocess.Popen[bytes]:
        # The child must import what this process imports, however its path was set up.
        environment = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self._child

    def close(self) -> None:
        """Kills the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()


def _read_line(descriptor: int, timeout_s: float) -> bytes:
    """One line from a pipe; an empty one at its end."""
    until = time.monotonic() + timeout_s
    line = b""
    while not line.endswith(b"\n"):
        left = until - time.monotonic()
        ready, _, _ = select.select([descriptor], [], [], max(left, 0))
        if not ready:
            raise TimeoutError
        chunk = os.read(descriptor, 65_536)
        if not chunk:
            return b""
        line += chunk
    return line
