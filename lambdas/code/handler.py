"""The function that runs programs: one program and its cases in, what came of each out.

Event: `{"source", "cases": [{"kind", "text"}], "limits": {...}, "seconds"}`. It has no rights, no
network and no log; whatever a program does here ends with its case. Environment: `NOVA_RFT_ISOLATION`.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from nova_rft.sandbox import Case, Isolation, Kind, Limits, LocalRunner, clean_up, harden

_ISOLATION = Isolation(os.environ["NOVA_RFT_ISOLATION"])
# One after the other: what a program leaves behind is cleared before the next begins.
_RUNNER = LocalRunner(_ISOLATION, parallel=1)
_RESERVE_S = 1.0

if _ISOLATION is Isolation.MICROVM:
    harden()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Runs the cases in order; those for which no time is left come back as null."""
    left = context.get_remaining_time_in_millis() / 1000 - _RESERVE_S
    deadline = time.monotonic() + min(left, event["seconds"])
    limits = Limits(**event["limits"])
    results = []
    for given in event["cases"]:
        case = Case(event["source"], Kind(given["kind"]), given["text"])
        (ran,) = _RUNNER.run([case], limits, deadline=deadline)
        if _ISOLATION is Isolation.MICROVM:
            clean_up(Path(tempfile.gettempdir()))
        results.append(None if ran is None else ran.as_dict())
    return {"ran": results}
