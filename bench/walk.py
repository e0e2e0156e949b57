"""What a newcomer waits for, in a fresh clone of what is committed: installation, and the first report.

`make demo` in a clone installs everything (what trains too), deploys to the embedded AWS, trains a tiny
policy by a job and writes the report; run again, it finds all installed.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from bench._figure import Figure, at_most

ROOT = Path(__file__).parents[1]


def measure() -> list[Figure]:
    """The table's rows."""
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "clone"
        began = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        setup = _timed(["make", "setup"], clone)
        _timed(["make", "demo"], clone)
        first = time.perf_counter() - began
        again = _timed(["make", "demo"], clone)
    return [
        Figure("setup", "make setup, fresh clone", setup, "s", bound=at_most(360)),
        Figure("first", "from clone to the first report", first, "s", bound=at_most(480)),
        Figure("demo", "make demo, installed", again, "s", bound=at_most(240)),
    ]


def _timed(command: list[str], folder: Path) -> float:
    # The wheelhouse and the code of the outer make must not serve the clone's.
    hidden = ("NOVA_RFT_WHEELHOUSE", "MAKEFLAGS", "MAKELEVEL", "PYTHONPATH")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started
