"""`nova-rft doctor`: what stands in the way, and how to mend it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

import typer

from nova_rft.cli._common import (
    SPEC_FILE,
    JsonOption,
    SpecArgument,
    console,
    of_spec,
    print_json,
)

if TYPE_CHECKING:
    from rich.console import Console

    from nova_rft.doctor import Look

_STYLES: Final = {"good": "green", "warning": "yellow", "bad": "red", "unknown": "dim"}
_MARK_WIDTH: Final = 8


def doctor(spec: SpecArgument = SPEC_FILE, json: JsonOption = False) -> None:
    """Look at this machine, the project and the account; nothing is changed or paid for.

    Exit status 1 where something is bad.
    """
    from nova_rft.doctor import State, examine

    out, seen = console(), []
    for found in examine(spec):
        seen.append(found)
        if not json:
            _show(found, out)
    if json:
        print_json([one.as_dict() for one in seen])
    bad = [one for one in seen if one.state is State.BAD]
    if not json and not bad:
        there = any(one.name == "spec" and one.state is State.GOOD for one in seen)
        following = f"nova-rft check{of_spec(spec)}" if there else "nova-rft init"
        out.print(f"Nothing stands in the way. Next: {following}", markup=False)
    if bad:
        raise typer.Exit(1)


def _show(found: Look, out: Console) -> None:
    """One look: its lines hang under the first, and what is longer than a line is not cut in two."""
    from rich.text import Text

    lines = wrap(
        f"{found.name}: {found.said}",
        max(out.width - _MARK_WIDTH, 20),
        break_long_words=False,
        break_on_hyphens=False,
    )
    mark = Text(f"{found.state:<{_MARK_WIDTH}}", _STYLES[found.state])
    for number, line in enumerate(lines):
        text = Text(line, "dim")
        if number == 0:
            text.stylize("not dim", 0, len(found.name) + 1)
        out.print(Text.assemble(mark if number == 0 else " " * _MARK_WIDTH, text), soft_wrap=True)
