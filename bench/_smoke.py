"""The small bench of the gate: ratios of one run, beside those that are kept.

Seconds differ from machine to machine, and on a loaded one from minute to minute; ours by the peer's of
the same run differs far less. A ratio that is twice the kept one is a gross regression.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench._figure import Figure

KEPT: Final = Path(__file__).with_name("smoke.json")
NAMES: Final = (
    "calibrate",
    "cold_start",
    "command_line",
    "data_check",
    "judge_calls",
    "score_many",
)
# How many times its kept ratio one may be.
GROSS: Final = 2.0


def main(names: Sequence[str], *, keep: bool) -> int:
    """Measures, and prints each ratio with its bound; or keeps the ratios.

    Args:
        names: Of the benches; none: all.
        keep: Whether what is measured is the ratio to hold from now on.

    Returns:
        The exit status, 1 where a ratio is gross.
    """
    if keep:
        found = {name: measure(name).ratio or 0.0 for name in NAMES}
        KEPT.write_text(
            json.dumps({name: round(found[name], 3) for name in found}, indent=2) + "\n"
        )
        return 0
    return 1 if [said for said in map(gross, names or NAMES) if said] else 0


def gross(name: str) -> str:
    """What is grossly worse in a bench's small variant than it was, measured again before it is said."""
    most = GROSS * kept()[name]
    for _ in range(2):
        figure = measure(name)
        if figure.ratio is None:
            sys.stdout.write(f"{figure.what}: {figure.peer} is not installed\n")
            return ""
        said = f"{figure.what}: {figure.ratio:.2f} times {figure.peer}, at most {most:.2f}"
        sys.stdout.write(f"{said}\n")
        if figure.ratio <= most:
            return ""
    return said


def measure(name: str) -> Figure:
    """The ratio of a bench's small variant."""
    figure: Figure = importlib.import_module(f"bench.{name}").smoke()
    return figure


def kept() -> dict[str, float]:
    """The ratios that `python -m bench --smoke --keep` wrote."""
    if not KEPT.exists():
        return {}
    found: dict[str, float] = json.loads(KEPT.read_text())
    return found
