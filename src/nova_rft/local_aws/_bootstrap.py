"""Runs inside a sandbox's child: hides this machine's packages, then starts AWS's runtime client.

Started as `python -ISu _bootstrap.py TASK RUNTIME HANDLER`, as the leader of a process group; imports
nothing of ours.
"""

import os
import signal
import sys
import threading


def _leave_with_parent() -> None:
    # Not by sys.stdin: a thread that holds its lock makes the interpreter abort where it should exit.
    while os.read(0, 4096):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    task, runtime, handler = sys.argv[1:4]
    sys.path[:] = [task, runtime, *(path for path in sys.path if "site-packages" not in path)]
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    sys.argv = ["awslambdaric", handler]
    from awslambdaric.__main__ import main

    main(sys.argv)
