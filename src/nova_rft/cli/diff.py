"""`nova-rft diff`: what deploying would change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json
from nova_rft.errors import NovaRftError, UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from nova_rft.deploy import Diff

_CHANGED: Final = 1


def diff(spec: SpecArgument = SPEC_FILE, json: JsonOption = False) -> None:
    """Show what deploying would change.

    Exit status 1 where that is anything; 2 where it cannot be told, such as for a spec or a stages.yaml
    that is not valid.
    """
    from nova_rft.deploy import diff as difference

    out = console()
    with out.status("comparing") as status:
        found = _compared(difference, spec, status)
    if json:
        stacks = [asdict(stack) for stack in found.stacks]
        left = list(found.left_alone)
        print_json({"changed": found.changed, "stacks": stacks, "left_alone": left})
    else:
        _show(out, found)
    if found.changed:
        raise typer.Exit(_CHANGED)


def _compared(difference: Callable[..., Diff], spec: Path, status: Status) -> Diff:
    from rich.markup import escape

    try:
        return difference(spec, progress=lambda line: status.update(escape(line[:100])))
    except NovaRftError as error:
        if error.exit_status != _CHANGED:
            raise
        # Elsewhere the status of findings; here it would say that all went well, and what would change.
        raise UsageError(str(error)) from error


def _show(out: Console, found: Diff) -> None:
    if not found.changed:
        out.print(f"No change: {len(found.stacks)} stacks are as spec and stage say.")
    else:
        out.print(found.text, markup=False, soft_wrap=True)
    for name in found.left_alone:
        out.print(f"Left alone: {name}, of an earlier spec or stage.", markup=False)
