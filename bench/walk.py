"""The walk that a newcomer makes: `make demo` once installed, and the installation itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench._measure import Row

ROOT = Path(__file__).parents[1]


def measure() -> list[Row]:
    """The table's rows."""
    return [_demo(), _install()]


def _demo() -> Row:
    seconds = _timed(["make", "demo"], ROOT)
    return Row("make demo, installed", f"{seconds:.0f} s", "under 120 s", seconds < 120)


def _install() -> Row:
    """Installs a clone of what is committed into an empty folder."""
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        seconds = _timed(["make", "setup"], clone)
        shutil.rmtree(clone)
    return Row("make setup, fresh clone", f"{seconds:.0f} s", "under 360 s", seconds < 360)


def _timed(command: list[str], folder: Path) -> float:
    # The wheelhouse of the outer make must not serve the clone's.
    hidden = ("NOVA_RFT_WHEELHOUSE", "MAKEFLAGS", "MAKELEVEL")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started
