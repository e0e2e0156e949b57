"""`python -m nova_rft.rehearse`: trains for a job of the embedded AWS, by lines on standard streams."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from typing import Any, TextIO

from nova_rft.errors import NovaRftError
from nova_rft.rehearse._job import Figures, JobAsked, train_job


def main() -> int:
    """Trains once; exit status 1 where that failed."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # Whatever a library prints must not get between the lines.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lines = _lines()

    def score(event: list[Any], group: int) -> list[float]:
        _say(out, {"event": event, "group": group})
        rewards: list[float] = lines.get()["rewards"]
        return rewards

    def tell(figures: Figures) -> None:
        _say(out, {"step": figures})

    try:
        train_job(JobAsked(**lines.get()), score, tell)
    except NovaRftError as error:
        _say(out, {"failed": str(error)})
        return 1
    except Exception as error:
        traceback.print_exc()
        _say(out, {"failed": f"the training broke down: {error!r}"})
        return 1
    _say(out, {"done": True})
    return 0


def _lines() -> queue.SimpleQueue[Any]:
    """What comes in; its end is that of whoever asked, and then of this process, wherever it is."""
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            found.put(json.loads(line))
        os._exit(1)

    threading.Thread(target=read, daemon=True).start()
    return found


def _say(out: TextIO, line: dict[str, Any]) -> None:
    out.write(json.dumps(line) + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
