"""How long the command line takes to say what it can do, beside what it is built on."""

from __future__ import annotations

import sys
from pathlib import Path

from bench._measure import Row, median_of


def measure() -> list[Row]:
    """The table's rows."""
    program = str(Path(sys.executable).with_name("nova-rft"))
    ours = median_of([program, "--help"], 7)
    frame = median_of([sys.executable, "-c", "import typer, rich.console"], 7)
    return [
        Row("import typer and rich, CPU", f"{frame.cpu:.3f} s", "", True),
        Row("nova-rft --help, CPU", f"{ours.cpu:.3f} s", "under 0.3 s", ours.cpu < 0.3),
    ]
