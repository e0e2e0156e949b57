"""A child process that answers JSON lines and can be killed when it takes too long."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from typing import Any, Final

_START_S: Final = 30.0


class WorkerFailed(Exception):
    """The child died, or was killed because it took too long."""


class WorkerNotReady(WorkerFailed):
    """The child did not come up; that is nobody's answer's fault."""


class KillableWorker:
    """One `python -m MODULE` child; started when first asked, and again after it was killed.

    The child writes one line once it is ready, so that its imports do not count as an answer's time.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._child: subprocess.Popen[bytes] | None = None

    def ask(
        self, question: dict[str, Any], *, timeout_s: float, deadline: float | None = None
    ) -> Any:
        """The child's answer to one question.

        Args:
            question: What goes to the child as one JSON line.
            timeout_s: Seconds for the answer; a new child's start does not count.
            deadline: `time.monotonic()` value after which nothing is waited for.

        Raises:
            WorkerNotReady: a new child could not be started in time.
            WorkerFailed: no answer in time (the child is killed), or the child died.
        """
        if self._child is not None and self._child.poll() is not None:
            self.close()  # It died while nobody asked it anything.
        child = self._child or self._start(deadline)
        if child.stdin is None or child.stdout is None:
            raise WorkerFailed("the child has no pipes")
        try:
            child.stdin.write(json.dumps(question).encode() + b"\n")
            child.stdin.flush()
            line = _read_line(child.stdout.fileno(), timeout_s, deadline)
        except (BrokenPipeError, TimeoutError) as error:
            self.close()
            raise WorkerFailed(
                f"took longer than {timeout_s:g} s" if isinstance(error, TimeoutError) else "died"
            ) from None
        if not line:
            self.close()
            raise WorkerFailed("died")
        return json.loads(line)

    def _start(self, deadline: float | None) -> subprocess.Popen[bytes]:
        # The child must import what this process imports, however its path was set up. Nothing else
        # of the environment goes along (credentials), but an interpreter may need its libraries.
        environment = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        if "LD_LIBRARY_PATH" in os.environ:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        child = self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        try:
            ready = child.stdout is not None and _read_line(
                child.stdout.fileno(), _START_S, deadline
            )
        except TimeoutError:
            ready = b""
        if not ready:
            self.close()
            raise WorkerNotReady(f"{self._module} did not start in time")
        return child

    def close(self) -> None:
        """Kills the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()


def _read_line(descriptor: int, timeout_s: float, deadline: float | None) -> bytes:
    """One line from a pipe; an empty one at its end."""
    until = time.monotonic() + timeout_s
    until = until if deadline is None else min(until, deadline)
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
