"""`python -m bench [NAME ...]`: measures and prints one table; exit status 1 when a bound is broken."""

from __future__ import annotations

import importlib
import os
import platform
import sys

from rich.console import Console
from rich.table import Table

BENCHES = (
    "asset_size",
    "calibrate",
    "cold_start",
    "command_line",
    "corpus",
    "data_check",
    "evaluate",
    "grpo_losses",
    "jobs_at_scale",
    "judge_calls",
    "request_building",
    "score_many",
    "score_scale",
    "stress",
    "walk",
)


def main() -> int:
    """Runs the benches that are named, or all."""
    table = Table(box=None, header_style="bold")
    for title in ("what", "measured", "bound", ""):
        table.add_column(title, overflow="fold")
    broken = 0
    for name in sys.argv[1:] or BENCHES:
        for row in importlib.import_module(f"bench.{name}").measure():
            broken += not row.kept
            table.add_row(row.name, row.figure, row.bound, "" if row.kept else "[red]broken[/]")
    console = Console()
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    console.print(table)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
