"""How long the command line takes to say what it can do, beside what it is built on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench._figure import Figure, at_most
from bench._measure import in_turn, median


def measure() -> list[Figure]:
    """The table's rows."""
    return _measured(7)


def smoke() -> Figure:
    """The same, a few times."""
    return _measured(3)[0]


def _measured(runs: int) -> list[Figure]:
    commands = {
        "ours": [str(Path(sys.executable).with_name("nova-rft")), "--help"],
        "frame": [sys.executable, "-c", "import typer, rich.console"],
    }
    costs = in_turn(commands, runs, dict(os.environ))
    ours, frame = (median(costs[name]).cpu for name in commands)
    what, peer = "nova-rft --help, processor", "import typer and rich"
    return [Figure("help", what, ours, "s", peer=peer, theirs=frame, bound=at_most(0.3))]
