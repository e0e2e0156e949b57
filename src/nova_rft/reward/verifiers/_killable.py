"""A child process that answers JSON lines and dies when it computes for too long.

What counts is the child's own time on a processor: on a machine that is busy with other things an answer
takes longer, and is no more wrong for that.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any, Final

_START_S: Final = 30.0
# How many times longer than it may compute an answer is waited for: a process that gets a tenth of a
# processor is on a machine that cannot do the work.
_WAITED: Final = 10


class WorkerFailed(Exception):
    """The child died, or computed for too long."""


class WorkerNotReady(WorkerFailed):
    """The child did not come up, or got no processor; that is nobody's answer's fault."""


class KillableWorker:
    """One `python -m MODULE` child; started when first asked, and again after it was killed.

    The child writes one line once it is ready, so that its imports do not count as an answer's time. It
    reads from each question how long it may compute (`within_s`), and sees to that by `within`.
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
            timeout_s: Seconds that the child may compute; a new child's start does not count.
            deadline: `time.monotonic()` value after which nothing is waited for.

        Raises:
            WorkerNotReady: a new child could not be started in time, or got too little of a processor.
            WorkerFailed: the child computed for too long, or died of its own.
        """
        if self._child is not None and self._child.poll() is not None:
            self.close()  # It died while nobody asked it anything.
        child = self._child or self._start(deadline)
        if child.stdin is None or child.stdout is None:
            raise WorkerFailed("the child has no pipes")
        try:
            child.stdin.write(json.dumps({**question, "within_s": timeout_s}).encode() + b"\n")
            child.stdin.flush()
            line = _read_line(child.stdout.fileno(), _WAITED * timeout_s, deadline)
        except BrokenPipeError:
            line = b""
        except TimeoutError:
            self.close()
            raise WorkerNotReady(
                f"got no answer in {_WAITED * timeout_s:g} s: this machine is too busy"
            ) from None
        if not line:
            # Its pipe is shut: it is dying by itself, and tells of what.
            with suppress(subprocess.TimeoutExpired):
                child.wait(1)
            self.close()
            slow = child.returncode == -signal.SIGPROF
            raise WorkerFailed(f"took longer than {timeout_s:g} s" if slow else "died")
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


def within(seconds: float) -> None:
    """Ends this process, whatever it does, once it has computed for so long; 0 takes that back.

    The signal is left to the kernel: no code of Python's has to run for it.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


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
