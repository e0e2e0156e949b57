"""`nova-rft` in a process of its own that has imported before: tests run it hundreds of times.

Run as `python tests/preloaded.py SOCKET`. It imports what commands import, and for each call that comes
over the socket forks a process, which takes the caller's arguments, folder, environment and streams, and
is the command line from there to the interpreter's end. What an import itself does by environment, and
signals, are tested with the program as it is installed.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

# What most commands import, and takes a processor half a second or more.
_IMPORTED = (
    "boto3", "rich.console", "rich.live", "rich.markdown", "rich.panel", "rich.table",
    "typer.rich_utils",
    "nova_rft.aws.session", "nova_rft.aws.stacks", "nova_rft.aws.storage", "nova_rft.cli._app",
    "nova_rft.data", "nova_rft.deploy._deploy", "nova_rft.jobs._submit", "nova_rft.project._project",
    "nova_rft.reward._function", "nova_rft.spec._load", "numpy",
)  # fmt: skip


def _called(connection: socket.socket) -> dict[str, Any]:
    """What is asked for; this process's streams become the caller's."""
    first, streams, _, _ = socket.recv_fds(connection, 10, 3)
    size = int(first)
    text = b""
    while len(text) < size:
        text += connection.recv(size - len(text))
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    asked: dict[str, Any] = json.loads(text)
    return asked


def _become(asked: dict[str, Any]) -> None:
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = asked["command"]
    # As the installed script has it.
    sys.path[0] = str(Path(asked["command"][0]).parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _watch(connection: socket.socket) -> bool:
    """Forks the process that becomes the command line (True there), and tells the caller how it ends."""
    asked = _called(connection)
    child = os.fork()
    if child == 0:
        connection.close()
        _become(asked)
        return True
    connection.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def wait_for_a_call(path: str) -> None:
    """Returns in processes that are the command line; ends once whoever started this has ended."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(16)
        while True:
            ready, _, _ = select.select([listening.fileno(), 0], [], [], 5.0)
            while _reaped():
                pass
            if 0 in ready:
                os._exit(0)
            if listening.fileno() in ready:
                connection, _ = listening.accept()
                with connection:
                    if os.fork() == 0 and _watch(connection):
                        return


def _reaped() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _end(status: int) -> NoReturn:
    """As an interpreter ends, but for the taking apart of all that was imported."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    wait_for_a_call(sys.argv[1])
    from nova_rft.cli import main

    try:
        main()
    except SystemExit as ended:
        _end(ended.code if isinstance(ended.code, int) else int(ended.code is not None))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        _end(1)
    _end(0)
