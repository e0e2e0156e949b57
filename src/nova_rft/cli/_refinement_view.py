"""What came of a refinement, for programs and for a terminal of 80 columns."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nova_rft.cli._common import console, print_json
from nova_rft.cli._spending import spending

if TYPE_CHECKING:
    from rich.table import Table

    from nova_rft.calibrate import Figure
    from nova_rft.calibrate.refine import HeldOut, Refinement
    from nova_rft.project import Project

_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


def show(
    found: Refinement, project: Project, text: str, written: Path | None, *, json: bool
) -> None:
    """Prints it.

    Args:
        found: What came of it.
        project: Of the spec.
        text: The spec with the best words that were found.
        written: Where that was written; None where it was not.
        json: For a program.
    """
    diff = list(_diff(project.file, text, written))
    if json:
        path = None if written is None else str(written)
        print_json({**found.as_dict(), "diff": "".join(diff), "written": path})
        return
    out = console()
    _print_search(found)
    if found.held_out is not None:
        out.print(_table(found.held_out))
    for line in diff:
        out.print(line.rstrip("\n"), style=_COLOURS.get(line[0]), markup=False, soft_wrap=True)
    out.print(found.why, style="green" if found.beyond_chance else "yellow", markup=False)
    said = spending(found.totals, project.spec.required_reward, "calls")
    if said:
        out.print(said, markup=False)
    if written is not None:
        forced = "" if found.beyond_chance else " (by --force)"
        out.print(f"written: {written}{forced}", markup=False, soft_wrap=True)
        out.print("calibrate it before you train with it, best on labels that are not among these")
    elif found.beyond_chance:
        out.print("nothing was written; name a file with --out")
    elif found.search.best is not None:
        out.print("nothing was written")


def _print_search(found: Refinement) -> None:
    out = console()
    split = found.split
    out.print(
        f"{found.judge}: {len(split.learn):,} prompts to learn from, {len(split.choose):,} to choose "
        f"by, {len(split.held_out):,} held out",
        markup=False,
        style="bold",
    )
    tried = "variant" if found.search.tried == 1 else "variants"
    out.print(
        f"{found.search.tried:,} {tried} tried ({found.method}) in {found.asked:,} questions; "
        f"it ended because {found.search.ended}",
        markup=False,
    )


def _table(held_out: HeldOut) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, title in enumerate(
        ("held-out labels", "before", "after", "change", "95 % interval")
    ):
        table.add_column(title, justify="right" if place else "left", overflow="fold")
    old, new = held_out.points
    gain = held_out.gain
    table.add_row(held_out.tested, f"{old:.3f}", f"{new:.3f}", _signed(gain), _interval(gain))
    for name, before, after in held_out.figures():
        if before.value is not None or after.value is not None:
            cells = _number(before), _number(after), _difference(before, after)
            table.add_row(name, *cells, "")
    told, tells = held_out.told
    table.add_row("characters told", f"{told:,}", f"{tells:,}", f"{tells - told:+,}", "")
    return table


def _diff(file: Path, text: str, written: Path | None) -> Iterator[str]:
    before = file.read_text(encoding="utf-8-sig").splitlines(True)
    return difflib.unified_diff(
        before, text.splitlines(True), str(file), str(written or f"{file} (refined)")
    )


def _number(figure: Figure) -> str:
    return "" if figure.value is None else f"{figure.value:.3f}"


def _signed(figure: Figure) -> str:
    return "" if figure.value is None else f"{figure.value:+.3f}"


def _difference(before: Figure, after: Figure) -> str:
    both = before.value is not None and after.value is not None
    return f"{after.value - before.value:+.3f}" if both else ""  # type: ignore[operator] # both are there


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return figure.reason
    return f"{figure.low:+.3f} to {figure.high:+.3f}"
