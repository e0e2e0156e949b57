"""`nova-rft submit`: the job, once."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json

if TYPE_CHECKING:
    from nova_rft.project import Project


def submit(
    spec: SpecArgument = SPEC_FILE,
    again: Annotated[
        bool, typer.Option("--again", help="After a Failed or Stopped job: start the next attempt.")
    ] = False,
    resume_from: Annotated[
        str | None,
        typer.Option(
            help="Go on from an earlier job's model (its name), a custom model, a model package or a "
            "checkpoint, instead of the base model."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Submit the job that the spec describes; a second submit finds the first.

    For HyperPod the recipe is written and the command that starts the job is printed. Example: nova-rft
    submit examples/gsm8k-math/nova-rft.yaml
    """
    from nova_rft.project import Project

    project = Project.load(spec)
    if resume_from is not None:
        project = project.resumed_from(resume_from)
    if project.spec.backend == "hyperpod":
        _plan(project, json=json)
        return
    out = console()
    with out.status("submitting") as status:
        handle = project.submit(again=again, progress=status.update)
    job = handle.job
    if json:
        print_json({"created": handle.created, "job": job.as_dict()})
        return
    word = "Submitted" if handle.created else "Already submitted"
    out.print(f"[green]{word}[/] {job.name} ({job.status})")
    out.print(f"[dim]{job.arn}[/]", soft_wrap=True)
    out.print("Next: nova-rft watch, from anywhere; the job does not need this machine.")


def _plan(project: Project, *, json: bool) -> None:
    out = console()
    with out.status("preparing") as status:
        plan = project.plan(progress=status.update)
    if json:
        print_json(
            {
                "recipe": str(plan.recipe),
                "recipe_uri": plan.recipe_uri,
                "connect": plan.connect,
                "command": plan.command,
            }
        )
        return
    out.print(f"recipe: {plan.recipe} ({plan.recipe_uri})", markup=False, soft_wrap=True)
    out.print("Nothing was started: the cluster is yours. Next, where it can be reached:")
    for command in (plan.connect, plan.command):
        if command:
            typer.echo(shlex.join(command))
