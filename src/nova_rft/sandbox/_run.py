"""Runs cases in jails: starts them, feeds them, watches the clock and what they print."""

from __future__ import annotations

import json
import math
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from nova_rft.errors import UsageError
from nova_rft.sandbox._case import Case, Kind, Limits, Ran
from nova_rft.sandbox._watch import Watched, end, watch

_HERE: Final = Path(__file__).parent
# Starting an interpreter twice takes time that is not the program's.
_START_S: Final = 2.0
# Statuses that a jail hands on: SIGKILL and SIGXCPU, and the same without a jail around.
_KILLED: Final = (137, 152, -9, -24)
_SCRATCH: Final = "size=16m,nr_inodes=2k"
_PROCESSES: Final = 32
_LIBRARIES: Final = ("/usr", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache")
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/urandom")


class SandboxDenied(UsageError):
    """This machine's kernel does not let programs be shut in, so none are run."""


class Isolation(StrEnum):
    """What keeps a program in.

    NAMESPACES: Linux namespaces of its own, on a machine that has something to lose.
    MICROVM: the virtual machine of a Lambda that has neither network nor rights, and nothing in it.
    """

    NAMESPACES = "namespaces"
    MICROVM = "microvm"


class CodeRunner(Protocol):
    """Anything that runs cases; must be safe to call from several threads."""

    def prepare(self) -> None:
        """Finds out whether cases can be run at all.

        Raises:
            SandboxDenied: they cannot, and why.
        """
        ...

    def run(
        self, cases: Sequence[Case], limits: Limits, *, deadline: float | None = None
    ) -> list[Ran | None]:
        """Runs each case in a process of its own.

        Args:
            cases: Of one program or of several.
            limits: For each case.
            deadline: `time.monotonic()` value by which the results must be there.

        Returns:
            One result for each case, in order; None where no time was left to run it.

        Raises:
            SandboxDenied: cases cannot be run here.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalRunner:
    """Runs cases on this machine.

    Attributes:
        isolation: What keeps them in.
        parallel: How many at once; by default as many as there are processors.
    """

    isolation: Isolation = Isolation.NAMESPACES
    parallel: int = 0

    def prepare(self) -> None:
        """Runs an empty program once for each kind of isolation.

        Raises:
            SandboxDenied: the kernel denies what it takes.
        """
        _prove(self.isolation)

    def run(
        self, cases: Sequence[Case], limits: Limits, *, deadline: float | None = None
    ) -> list[Ran | None]:
        """One result for each case; see `CodeRunner`."""
        self.prepare()
        workers = self.parallel or os.cpu_count() or 1
        with ThreadPoolExecutor(max_workers=min(workers, max(len(cases), 1))) as pool:
            return list(
                pool.map(lambda case: _run_one(case, limits, self.isolation, deadline), cases)
            )


@cache
def _prove(isolation: Isolation) -> None:
    if not sys.platform.startswith("linux"):
        raise SandboxDenied(
            "programs are only run where Linux can shut them in; score this reward on Linux, or "
            "deployed, with `nova-rft score --lambda`"
        )
    done = _run_one(Case("", Kind.TEST, ""), Limits(time_s=10.0), isolation, None)
    if done is None or not done.finished:
        why = done.problem if done else "no answer"
        raise SandboxDenied(
            f"this machine's kernel does not let programs be shut in ({why}), so none are run; allow "
            "unprivileged user namespaces, or score deployed, with `nova-rft score --lambda`"
        )


def _run_one(
    case: Case, limits: Limits, isolation: Isolation, deadline: float | None
) -> Ran | None:
    until = time.monotonic() + limits.time_s + _START_S
    cut = deadline is not None and deadline < until
    until = min(until, deadline) if deadline is not None else until
    if time.monotonic() >= until:
        return None
    nonce = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="nova-rft-") as scratch:
        process = _start(limits, isolation, scratch)
        try:
            watched = watch(process, _task(case, nonce), limits.output_kb * 1024, until)
        finally:
            end(process)
    if watched.problem == "time" and cut:
        return None
    return _result(case, nonce, process.returncode, watched, limits)


def _task(case: Case, nonce: str) -> bytes:
    script = case.kind == "script"
    task = {
        "source": case.source,
        "kind": case.kind,
        "text": "" if script else case.text,
        "nonce": nonce,
    }
    packed = json.dumps(task).encode()
    return (
        b"%010d" % len(packed) + packed + (case.text.encode("utf-8", "replace") if script else b"")
    )


def _start(limits: Limits, isolation: Isolation, scratch: str) -> subprocess.Popen[bytes]:
    python = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    settings = {
        "namespaces": isolation is Isolation.NAMESPACES,
        "python": python,
        "harness": str(_HERE / "_harness.py"),
        "visible": _visible(),
        "scratch": _SCRATCH,
        "limits": _rlimits(limits),
    }
    return subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [python, "-I", "-S", str(_HERE / "_jail.py"), json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=scratch,
        env={},
        # One group, to be ended as one.
        start_new_session=True,
    )


def _visible() -> list[str]:
    """What a program may see of the machine: Python itself and the system's libraries."""
    prefix = os.path.realpath(sys.base_prefix)
    inside = any(Path(prefix).is_relative_to(path) for path in _LIBRARIES)
    return [*_LIBRARIES, *_DEVICES, *([] if inside else [prefix])]


def _rlimits(limits: Limits) -> dict[str, int]:
    return {
        "RLIMIT_AS": limits.memory_mb * 1024 * 1024,
        "RLIMIT_CPU": math.ceil(limits.time_s),
        "RLIMIT_FSIZE": 16 * 1024 * 1024,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_NPROC": _PROCESSES,
        "RLIMIT_CORE": 0,
    }


def _result(case: Case, nonce: str, status: int, watched: Watched, limits: Limits) -> Ran:
    if watched.problem == "time":
        return Ran(False, problem=f"ran longer than {limits.time_s:g} s")
    if watched.problem == "output":
        return Ran(False, problem=f"printed more than {limits.output_kb} kB")
    printed = watched.out.decode("utf-8", "replace")
    body, mark, said = printed.rpartition("\n" + nonce)
    if mark and status == 0:
        return Ran(True, said.removesuffix("\n") if case.kind == "call" else body)
    if status in _KILLED:
        return Ran(False, printed, f"ran longer than {limits.time_s:g} s of the processor's time")
    errors = watched.err.decode("utf-8", "replace").strip().splitlines()
    why = errors[-1][:300] if errors else f"ended early with exit status {status}"
    return Ran(False, body if mark else printed, f"{why}")
