"""What several tests use: the example, the program, an embedded AWS and how to run against it."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_rft import local_aws

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "gsm8k-math"
PROGRAM = str(Path(sys.executable).with_name("nova-rft"))

_PRELOADED: list[Path] = []

MakeProject = Callable[..., Path]


def run_program(
    *arguments: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 240,
) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a user would, in a process that has imported before (`preloaded.py`)."""
    command = [PROGRAM, *arguments]
    asked = json.dumps(
        {
            "command": command,
            "folder": str(folder or Path.cwd()),
            "environment": dict(os.environ if environment is None else environment),
        }
    ).encode()
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        Path(os.devnull).open() as nothing,
        socket.socket(socket.AF_UNIX) as wire,
    ):
        wire.connect(str(preloaded()))
        streams = [nothing.fileno(), out.fileno(), err.fileno()]
        socket.send_fds(wire, [b"%010d" % len(asked)], streams)
        wire.sendall(asked)
        with wire.makefile() as told:
            process = int(told.readline())
            wire.settimeout(timeout)
            try:
                status = int(told.readline())
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(command, timeout) from None
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(command, status, *texts)


def preloaded() -> Path:
    """The socket of this test process's own program that has imported before; it ends with it."""
    if not _PRELOADED:
        path = Path(tempfile.mkdtemp(prefix="nova-rft-")) / "calls"
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "preloaded.py"), str(path)],
            # Its end of file is our end.
            stdin=subprocess.PIPE,
            # numpy's threads would not be there after a fork.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
        atexit.register(process.kill)
        until = time.monotonic() + 60
        while not path.exists():
            assert process.poll() is None, "tests/preloaded.py has ended"
            assert time.monotonic() < until, "tests/preloaded.py does not begin"
            time.sleep(0.02)
        _PRELOADED.append(path)
    return _PRELOADED[0]


@dataclass(frozen=True)
class Cloud:
    """An embedded AWS with the example's stacks in it."""

    environment: dict[str, str]
    home: Path

    def run(
        self, *arguments: str, folder: Path = ROOT, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs the command line as a user would."""
        return run_program(*arguments, folder=folder, environment={**self.environment, **extra})


def stdout_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Standard output as the one JSON document that it should be."""
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def own_cloud(home: Path, policy: str | None, *, enforce_iam: bool = False) -> Cloud:
    """Starts an embedded AWS in a home; the caller ends it."""
    running = local_aws.up(home, policy=policy, enforce_iam=enforce_iam)
    return Cloud(
        {
            **os.environ,
            **local_aws.environment(running.endpoint),
            "NOVA_RFT_HOME": str(home),
            "NOVA_RFT_WHEELHOUSE": os.environ.get("NOVA_RFT_WHEELHOUSE", str(ROOT / ".wheelhouse")),
            "COLUMNS": "80",
        },
        home,
    )
