"""What the pipeline's commands share: which run, and how one is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import console, print_json

if TYPE_CHECKING:
    from nova_rft.pipeline import Place, Run
    from nova_rft.project import Project

RunOption = Annotated[
    str | None,
    typer.Option("--run", help="The run, which has its job's name; by default the newest."),
]


def opened(spec: Path) -> tuple[Project, Place]:
    """A project and where its pipeline is."""
    from nova_rft.pipeline import place_of
    from nova_rft.project import Project

    project = Project.load(spec)
    return project, place_of(project.aws, project.spec)


def show(run: Run, word: str, *, json: bool) -> None:
    """One run: for programs whole, for people where it stands and what comes next."""
    if json:
        print_json({"run": run.as_dict()})
        return
    out = console()
    out.print(f"[green]{word}[/] {run.name}: {run.state}, at the step {run.step}", soft_wrap=True)
    for step, told in run.steps.items():
        said = f": {told.said}" if told.said else ""
        out.print(f"  {step:<9} {told.state}{said}", markup=False, soft_wrap=True)
    made = {
        "job": run.job,
        "model": run.model,
        "evaluation": run.evaluation,
        "served as": run.served,
    }
    for name, value in made.items():
        if value:
            out.print(f"[dim]{name}: {value}[/]", soft_wrap=True)
    if run.failure:
        out.print(f"[red]{run.state}[/]: {run.failure}", soft_wrap=True)
    out.print(_next(run), markup=False, soft_wrap=True)


def _next(run: Run) -> str:
    if run.awaits_approval:
        return "Next: nova-rft pipeline approve, or reject; nova-rft report shows what was learnt."
    if not run.state.ended:
        return "Next: nova-rft pipeline status, from anywhere; the run does not need this machine."
    if str(run.state) == "Succeeded":
        return 'Next: nova-rft invoke "your prompt"' if run.served else "Next: nova-rft serve-model"
    return "Next: nova-rft pipeline resume, once the cause is mended."
