"""`nova-rft reward test`: hard events for a reward Lambda, ours or anybody's."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json

if TYPE_CHECKING:
    from nova_rft.reward.contract import Tried

_MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "error": "[red]error[/]"}


def test(
    function: Annotated[
        str | None,
        typer.Argument(
            help="Name or ARN of any reward Lambda; by default the spec's deployed one."
        ),
    ] = None,
    spec: SpecOption = SPEC_FILE,
    sample: Annotated[
        Path | None,
        typer.Option(help="A file whose first reward event item all events are made like."),
    ] = None,
    local: Annotated[
        bool,
        typer.Option("--local", help="Try the spec's reward on this machine, scripted judges."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Send a reward Lambda a set of hard events and say what is wrong with it.

    Exit status 1 when something is. It is called as a trainer calls it; judges are paid.
    """
    from nova_rft.project import try_reward

    tried = []
    for one in try_reward(function, spec=spec, sample=sample, local=local):
        tried.append(one)
        if not json:
            _print(one)
    wrong = sum(one.severity == "error" for one in tried)
    if json:
        print_json({"tried": [asdict(one) for one in tried], "errors": wrong})
    else:
        warned = sum(one.severity == "warning" for one in tried)
        console().print(f"{len(tried)} hard events, {wrong} errors, {warned} warnings")
    if wrong:
        raise typer.Exit(1)


def _print(one: Tried) -> None:
    out = console()
    out.print(_MARKS[one.severity], end=" ")
    out.print(one.name, markup=False)
    for problem in one.problems:
        out.print(f"  {problem}", markup=False, soft_wrap=True)
