"""Watching one process: what it is fed, what it prints, when it has to end."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass


@dataclass(slots=True)
class Watched:
    """What a process printed to either stream, and the limit that ended it: time, output or none."""

    out: bytearray
    err: bytearray
    problem: str = ""


def watch(process: subprocess.Popen[bytes], task: bytes, most: int, until: float) -> Watched:
    """Feeds a process and reads it, until it ends or a limit is reached."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise RuntimeError("a process without pipes")
    watched = Watched(bytearray(), bytearray())
    kept = {process.stdout.fileno(): watched.out, process.stderr.fileno(): watched.err}
    for stream in (process.stdin, process.stdout, process.stderr):
        os.set_blocking(stream.fileno(), False)
    # Its end is watched, not only that of its pipes: a daemon that it leaves may hold them open.
    ended = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            for descriptor in (ended, *kept):
                selector.register(descriptor, selectors.EVENT_READ)
            selector.register(process.stdin, selectors.EVENT_WRITE)
            watched.problem = _attend(process, memoryview(task), selector, kept, most, until)
    finally:
        os.close(ended)
    for descriptor, text in kept.items():
        while len(text) <= most and _read(descriptor, text):
            pass
    if not watched.problem and max(map(len, kept.values())) > most:
        watched.problem = "output"
    return watched


def _attend(
    process: subprocess.Popen[bytes],
    waiting: memoryview,
    selector: selectors.BaseSelector,
    kept: dict[int, bytearray],
    most: int,
    until: float,
) -> str:
    """Until the process ends; the limit that it reached, if one."""
    while process.poll() is None:
        left = until - time.monotonic()
        if left <= 0:
            return "time"
        for key, _ in selector.select(left):
            if key.fileobj is process.stdin:
                waiting = _feed(key.fd, waiting)
                if not waiting:
                    selector.unregister(key.fileobj)
                    process.stdin.close()
            elif key.fd in kept and not _read(key.fd, kept[key.fd]):
                selector.unregister(key.fileobj)
        if max(map(len, kept.values())) > most:
            return "output"
    return ""


def _feed(descriptor: int, waiting: memoryview) -> memoryview:
    """Writes what fits; what is left."""
    try:
        return waiting[os.write(descriptor, waiting[:65_536]) :]
    except BlockingIOError:
        return waiting
    except BrokenPipeError:
        return waiting[:0]  # It does not want its input; what it says counts.


def _read(descriptor: int, text: bytearray) -> bool:
    """Reads what is there; False at the end of the stream, or where nothing is there."""
    try:
        chunk = os.read(descriptor, 65_536)
    except BlockingIOError:
        return False
    text += chunk
    return bool(chunk)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and whatever it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
