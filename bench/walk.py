"""The walk that a newcomer makes: `make demo` once installed, and the installation itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench._figure import Figure, at_most

ROOT = Path(__file__).parents[1]


def measure() -> list[Figure]:
    """The table's rows."""
    return [_demo(), _install()]


def _demo() -> Figure:
    seconds = _timed(["make", "demo"], ROOT)
    return Figure("demo", "make demo, installed", seconds, "s", bound=at_most(120))


def _install() -> Figure:
    """Installs a clone of what is committed into an empty folder."""
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        seconds = _timed(["make", "setup"], clone)
        shutil.rmtree(clone)
    return Figure("setup", "make setup, fresh clone", seconds, "s", bound=at_most(360))


def _timed(command: list[str], folder: Path) -> float:
    # The wheelhouse of the outer make must not serve the clone's.
    hidden = ("NOVA_RFT_WHEELHOUSE", "MAKEFLAGS", "MAKELEVEL")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started
