"""Keeping one case from the next inside a Lambda, whose virtual machine is the wall around them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
from pathlib import Path
from typing import Final

_SET_DUMPABLE: Final = 4
_SET_CHILD_SUBREAPER: Final = 36


def harden() -> None:
    """Hides this process's memory and environment from programs, and takes in their orphans."""
    libc = ctypes.CDLL(None)
    libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def clean_up(scratch: Path) -> None:
    """Ends every process that a program left behind, and empties the scratch folder."""
    while children := _children():
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)
    for entry in scratch.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _children() -> list[int]:
    """Processes whose parent this is; orphans of programs are, since it takes them in."""
    mine = os.getpid()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # After the name in brackets: state, parent.
                behind = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(behind[1]) == mine:
                    found.append(int(entry.name))
    return found
