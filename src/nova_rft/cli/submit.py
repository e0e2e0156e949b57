"""`nova-rft submit`: the job, once."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import (
    SPEC_FILE,
    AgainOption,
    JsonOption,
    SpecArgument,
    UncalibratedOption,
    console,
    of_spec,
    print_json,
)
from nova_rft.cli._signal_view import print_sentence

if TYPE_CHECKING:
    from nova_rft.jobs import Plan
    from nova_rft.project import Project
    from nova_rft.rollouts import SignalStanding


def submit(
    spec: SpecArgument = SPEC_FILE,
    again: AgainOption = False,
    uncalibrated: UncalibratedOption = False,
    resume_from: Annotated[
        str | None,
        typer.Option(
            help="Go on from an earlier job's model (its name), a custom model, a model package or a "
            "checkpoint, instead of the base model."
        ),
    ] = None,
    start: Annotated[
        bool,
        typer.Option(
            "--start",
            help="HyperPod: start the job on the spec's cluster, once (extra `hyperpod`, and AWS's "
            "hyperpod command).",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Submit the job that the spec describes; a second submit finds the first.

    For HyperPod the recipe is written and the commands that start the job are printed; with --start they
    are run.
    """
    from nova_rft.errors import UsageError
    from nova_rft.project import Project

    project = Project.load(spec)
    if resume_from is not None:
        project = project.resumed_from(resume_from)
    known = project.known_signal() if project.spec.technique == "rft" else None
    _warn(project, known)
    if project.spec.backend == "hyperpod":
        (_start if start else _plan)(project, again=again, json=json)
        return
    if start:
        raise UsageError(f"--start is for hyperpod; jobs on {project.spec.backend} start at once")
    out = console()
    with out.status("submitting") as status:
        handle = project.submit(again=again, uncalibrated=uncalibrated, progress=status.update)
    job = handle.job
    if json:
        told = known.as_dict() if known else None
        print_json({"created": handle.created, "job": job.as_dict(), "signal": told})
        return
    word = "Submitted" if handle.created else "Already submitted"
    out.print(f"[green]{word}[/] {job.name} ({job.status})")
    out.print(f"[dim]{job.arn}[/]", soft_wrap=True)
    out.print(
        f"Next: nova-rft watch{of_spec(spec, '--spec ')}; the job does not need this machine.",
        markup=False,
        soft_wrap=True,
    )


def _warn(project: Project, known: SignalStanding | None) -> None:
    """What is known of the reward's signal, in a line or three; nothing of jobs without a reward."""
    if project.spec.technique != "rft":
        return
    out = console()
    if known is None:
        said = "what this reward would teach is not known: nova-rft preview tells"
        out.print(f"[dim]{said}[/]", soft_wrap=True)
        return
    share = known.without_signal
    tied = "no groups to compare" if share is None else f"{share:.0%} of groups without signal"
    mean = "" if known.baseline is None else f", {known.baseline:.0%} of the best reward"
    out.print(f"[dim]{known.source}: {tied}{mean}[/]", soft_wrap=True)
    for warning in known.warnings:
        print_sentence(out, "[yellow]![/]", warning)


def _plan(project: Project, *, again: bool, json: bool) -> None:
    out = console()
    with out.status("preparing") as status:
        plan = project.plan(again=again, progress=status.update)
    if json:
        print_json(_told(plan))
        return
    out.print(f"recipe: {plan.recipe} ({plan.recipe_uri})", markup=False, soft_wrap=True)
    out.print("Nothing was started: the cluster is yours. Next, where it can be reached:")
    for command in filter(None, (plan.connect, plan.command)):
        typer.echo(shlex.join(command))


def _start(project: Project, *, again: bool, json: bool) -> None:
    out = console()
    with out.status("preparing") as status:
        plan, job, created = project.start(again=again, progress=status.update)
    if json:
        print_json({**_told(plan), "created": created, "job": asdict(job)})
        return
    word = "Started" if created else "Already started"
    out.print(f"[green]{word}[/] {job.name} on {job.cluster} ({job.at})", soft_wrap=True)
    out.print("Next, where the cluster can be reached:")
    where = ["--namespace", job.namespace]
    typer.echo(shlex.join(["hyperpod", "get-job", "--job-name", str(job.name), *where]))


def _told(plan: Plan) -> dict[str, object]:
    return {
        "recipe": str(plan.recipe),
        "recipe_uri": plan.recipe_uri,
        "connect": plan.connect,
        "command": plan.command,
    }
