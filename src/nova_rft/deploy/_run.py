"""Running the CDK command line: its output to a log file and line by line to the caller."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nova_rft.errors import StorageError

_PATIENCE_S: Final = 10
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its status, its last lines, and where all of them are."""

    status: int
    lines: tuple[str, ...]
    log: Path


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    progress: Callable[[str], None],
) -> Ran:
    """Runs a command to its end; an interrupt stops it and everything it started.

    Raises:
        StorageError: the log cannot be written.
    """
    last: deque[str] = deque(maxlen=400)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        file = log.open("a", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{log}: cannot be written: {error.strerror}") from error
    with (
        file,
        # A session of its own, so that a Ctrl-C comes to us first and is passed on once.
        subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as child,
    ):
        try:
            for line in child.stdout or ():
                plain = _COLOURS.sub("", line).rstrip()
                file.write(plain + "\n")
                if plain:
                    last.append(plain)
                    progress(plain)
            child.wait()
        except BaseException:  # An interrupt above all.
            _stop(child)
            raise
    return Ran(child.returncode, tuple(last), log)


def _stop(child: subprocess.Popen[str]) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, kind)
        except ProcessLookupError:
            break
        try:
            child.wait(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue
        break
