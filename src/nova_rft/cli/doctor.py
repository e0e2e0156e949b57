"""`nova-rft doctor`: what stands in the way, and how to mend it."""

from __future__ import annotations

from typing import Final

import typer

from nova_rft.cli._common import (
    SPEC_FILE,
    JsonOption,
    SpecArgument,
    console,
    of_spec,
    print_json,
)

_MARKS: Final = {
    "good": "[green]good   [/]",
    "warning": "[yellow]warning[/]",
    "bad": "[red]bad    [/]",
    "unknown": "[dim]unknown[/]",
}


def doctor(spec: SpecArgument = SPEC_FILE, json: JsonOption = False) -> None:
    """Look at this machine, the project and the account; nothing is changed or paid for.

    Exit status 1 where something is bad.
    """
    from rich.markup import escape

    from nova_rft.doctor import State, examine

    out, seen = console(), []
    for found in examine(spec):
        seen.append(found)
        if not json:
            out.print(f"{_MARKS[found.state]} {found.name}: [dim]{escape(found.said)}[/]")
    if json:
        print_json([one.as_dict() for one in seen])
    bad = [one for one in seen if one.state is State.BAD]
    if not json and not bad:
        out.print(f"Nothing stands in the way. Next: nova-rft check{of_spec(spec)}")
    if bad:
        raise typer.Exit(1)
