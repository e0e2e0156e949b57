"""How long the command line takes to say what it can do, beside what it is built on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench._figure import Figure, ratio_at_most
from bench._measure import in_turn, median

_BARE = """
import typer
app = typer.Typer()
@app.command()
def one() -> None: "One."
@app.command()
def other() -> None: "Another."
app()
"""


def measure() -> list[Figure]:
    """The table's rows."""
    return _measured(7)


def smoke() -> Figure:
    """The same, a few times."""
    return _measured(3)[0]


def _measured(runs: int) -> list[Figure]:
    commands = {
        "ours": [str(Path(sys.executable).with_name("nova-rft")), "--help"],
        "bare": [sys.executable, "-c", _BARE, "--help"],
    }
    costs = in_turn(commands, runs, dict(os.environ))
    ours, bare = (median(costs[name]).cpu for name in commands)
    what, peer = "nova-rft --help, processor", "a Typer app of two commands"
    return [Figure("help", what, ours, "s", peer=peer, theirs=bare, bound=ratio_at_most(1.5))]
