"""`nova-rft destroy`: the stacks of a project's stage, asked for by name."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from nova_rft.deploy import Removal


def destroy(
    spec: SpecArgument = SPEC_FILE,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask first; needed where there is no terminal.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Delete the stacks of a project's stage; what they hold stays, or goes with them.

    The stage's `removal` in stages.yaml says which. Interrupted, run it again: it goes on.
    """
    from rich.markup import escape

    from nova_rft.deploy import destroy as destroy_stacks
    from nova_rft.deploy import removal

    out = console()
    planned = removal(spec)
    if not planned.stacks:
        out.print(
            f"Nothing of {planned.project} ({planned.stage}) is deployed in {planned.region}."
        )
        _also(out, planned)
    else:
        _show(out, planned)
        _refuse_running(spec)
        if not yes:
            _ask(f"{planned.project}-{planned.stage}")
        with out.status("deleting") as status:
            done = destroy_stacks(spec, progress=lambda line: status.update(escape(line[:100])))
        for name in done.left_alone.keys() - planned.left_alone.keys():
            said = f"Left alone: {name}; {done.left_alone[name]}."
            out.print(said, soft_wrap=True, markup=False, style="yellow")
        planned = done
        out.print(f"[green]Deleted[/] {planned.project} ({planned.stage}).")
    if json:
        print_json(asdict(planned))


def _show(out: Console, planned: Removal) -> None:
    out.print(
        f"Of [bold]{planned.project}[/] in the stage [bold]{planned.stage}[/] (account "
        f"{planned.account}, {planned.region}) these stacks are deleted:",
        soft_wrap=True,
    )
    for stack in planned.stacks:
        out.print(f"  {stack.name}")
    for title, held in (("With all that is in it:", planned.goes), ("Kept:", planned.stays)):
        if held:
            out.print(title)
        for one in held:
            out.print(f"  {one}", soft_wrap=True, markup=False)
    _also(out, planned)


def _also(out: Console, planned: Removal) -> None:
    """What is left whatever the stage says."""
    for stack, why in planned.left_alone.items():
        out.print(f"Left alone: {stack}; {why}.", soft_wrap=True, markup=False)
    if planned.models:
        out.print("Custom models on Bedrock stay; delete them there:")
    for model in planned.models:
        out.print(f"  {model}", soft_wrap=True, markup=False)


def _refuse_running(spec: Path) -> None:
    """Refuses while a job runs, which would be left without its role and its reward.

    Raises:
        FindingsError: one does.
    """
    from nova_rft.errors import FindingsError
    from nova_rft.jobs import Status
    from nova_rft.project import Project

    project = Project.load(spec)
    if project.spec.backend == "hyperpod":
        return  # Its jobs are known to its cluster alone.
    running = [job.name for job in project.jobs(status=Status.IN_PROGRESS)]
    if running:
        raise FindingsError(
            f"{len(running)} jobs are running, such as {running[0]}, and need these stacks; wait for "
            f"them, or stop them first: nova-rft stop {running[0]}"
        )


def _ask(name: str) -> None:
    """Goes on only where the name is typed.

    Raises:
        UsageError: nobody can be asked, or something else was typed.
    """
    from nova_rft.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked without a terminal; say --yes to delete all of that")
    typed = typer.prompt(f"Type {name} to delete", err=True, default="", show_default=False)
    if typed.strip() != name:
        raise UsageError(f"that was not {name}; nothing was deleted")
