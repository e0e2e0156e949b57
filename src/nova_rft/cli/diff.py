"""`nova-rft diff`: what deploying would change."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from nova_rft.deploy import Diff


def diff(spec: SpecArgument = SPEC_FILE, json: JsonOption = False) -> None:
    """Show what deploying would change; exit status 1 where that is anything."""
    from rich.markup import escape

    from nova_rft.deploy import diff as difference

    out = console()
    with out.status("comparing") as status:
        found = difference(spec, progress=lambda line: status.update(escape(line[:100])))
    if json:
        stacks = [asdict(stack) for stack in found.stacks]
        left = list(found.left_alone)
        print_json({"changed": found.changed, "stacks": stacks, "left_alone": left})
    else:
        _show(out, found)
    if found.changed:
        raise typer.Exit(1)


def _show(out: Console, found: Diff) -> None:
    if not found.changed:
        out.print(f"No change: {len(found.stacks)} stacks are as spec and stage say.")
    else:
        out.print(found.text, markup=False, soft_wrap=True)
    for name in found.left_alone:
        out.print(f"Left alone: {name}, of an earlier spec or stage.", markup=False)
