"""What the benches measured: gathered, kept as JSON lines, shown as one table."""

from __future__ import annotations

import io
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench._figure import Figure

ROOT: Final = Path(__file__).parents[1]
NAMES: Final = (
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
ONE: Final = (sys.executable, "-m", "bench", "--one")
# A bench that takes longer hangs: the longest takes a third of it.
_MOST_S: Final = 1800
_VERSIONS: Final = ("boto3", "daft", "numpy", "pydantic", "scikit-learn", "torch", "trl", "typer")
_HEAD: Final = """\
# Measured

Made by `make bench`; do not edit. What each figure is, and how to read a ratio, is in
[README.md](README.md). A ratio is ours by the peer's, of one run: below 1, ours takes less.
"""
Line = dict[str, Any]


def run_each(names: Sequence[str], results: Path, command: Sequence[str] = ONE) -> list[Line]:
    """Runs benches one after the other, each in a process; what is there of others is left.

    Args:
        names: Of the benches.
        results: The file of lines, which is written after each bench.
        command: What runs one; its name follows.
    """
    about, measured = _about(), []
    for name in names:
        sys.stderr.write(f"{name} ...\n")
        lines = [{"bench": name, **line, **about} for line in _run([*command, name])]
        kept = [line for line in read(results) if line["bench"] != name]
        order = sorted([*kept, *lines], key=lambda line: NAMES.index(line["bench"]))
        results.write_text("".join(json.dumps(line) + "\n" for line in order))
        measured += lines
    return measured


def _run(command: Sequence[str]) -> list[Line]:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_MOST_S)
    except subprocess.TimeoutExpired:
        return [_failed(f"not done after {_MOST_S} s")]
    lines: list[Line] = [json.loads(one) for one in done.stdout.splitlines() if one[:1] == "{"]
    if done.returncode:
        sys.stderr.write(done.stderr)
        said = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        lines.append(_failed(said[0]))
    return lines


def _failed(why: str) -> Line:
    """The line of a bench that did not end well; it has no figure."""
    return {
        **Figure("failed", "the bench failed", 0.0, wrong=why).as_dict(),
        "ours": None,
    }


def _about() -> Line:
    """The machine, the versions, the commit and the day, for every line."""
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory_gb()} GB",
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: found for name in _VERSIONS if (found := _version(name))},
        "commit": _commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def _processor() -> str:
    try:
        found = Path("/proc/cpuinfo").read_text().split("model name", 1)[1]
        return found.split(":", 1)[1].splitlines()[0].strip()
    except (OSError, IndexError):
        return platform.machine()


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def read(results: Path) -> list[Line]:
    """The lines that are kept."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text().splitlines()]


def broken(lines: Sequence[Line]) -> list[Line]:
    """Those that do not keep to their bound, and benches that failed."""
    return [line for line in lines if not line["kept"]]


def write_table(results: Path, page: Path) -> None:
    """Writes the page of all lines."""
    lines = read(results)
    runs: dict[str, set[str]] = {}
    for line in lines:
        versions = ", ".join(f"{name} {found}" for name, found in line["versions"].items())
        told = f"{line['machine']}; Python {line['python']}, {versions}"
        when = f"{line['date']}, {line['commit']}, load {line['load']}: {line['bench']}"
        runs.setdefault(told, set()).add(when)
    said = [f"{told}\n\n" + "".join(f"- {one}\n" for one in sorted(runs[told])) for told in runs]
    page.write_text("\n".join([_HEAD, "```text", table(lines).rstrip(), "```", "", *said]))


def table(lines: Sequence[Line]) -> str:
    """One table in 100 columns; what is broken is told below it."""
    shown = Table(box=None, pad_edge=False, header_style="")
    for title in ("what", "ours", "peer", "ratio", "bound"):
        shown.add_column(title, overflow="fold", justify="right" if title == "ratio" else "left")
    bench = ""
    for line in lines:
        if line["bench"] != bench:
            bench = line["bench"]
            shown.add_row(f"\n{bench}")
        shown.add_row(*map(escape, _cells(line)))
    told = [f"{one['bench']}, {one['what']}: {_why(one)}" for one in broken(lines)]
    text = io.StringIO()
    console = Console(file=text, width=100, color_system=None, highlight=False)
    console.print(shown)
    console.print("\nBroken:" if told else "\nAll bounds are kept.")
    for one in told:
        console.print(escape(one))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _cells(line: Line) -> tuple[str, ...]:
    if line["ours"] is None:
        return ("  the bench failed", "", "", "", "BROKEN")
    peer = line["peer"]
    if peer:
        theirs = "not installed" if line["theirs"] is None else _number(line["theirs"])
        peer = f"{peer}: {theirs}"
    note = f"; {line['note']}" if line["note"] else ""
    return (
        f"  {line['what']}{note}",
        f"{_number(line['ours'])} {line['unit']}".strip(),
        peer,
        "" if line["ratio"] is None else f"{line['ratio']:.2f}",
        line["bound"] + ("" if line["kept"] else " BROKEN"),
    )


def _why(line: Line) -> str:
    if line["wrong"]:
        return str(line["wrong"])
    ratio = "" if line["ratio"] is None else f", ratio {line['ratio']:.2f}"
    return f"{_number(line['ours'])} {line['unit']}{ratio}; bound {line['bound']}"


def _number(value: float) -> str:
    """Three digits that tell."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
