"""`nova-rft signal`: what scored rollouts have to teach."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console
from nova_rft.cli._signal_view import show_signal
from nova_rft.cli._spending import spending
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.project import Project, Rollouts
    from nova_rft.rollouts import Noise
    from nova_rft.spec import JudgeModelSpec


def signal(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Rollouts: what preview drew, traces, or reward events. Left out: a job's."
        ),
    ] = None,
    spec: SpecOption = SPEC_FILE,
    job: Annotated[
        str | None, typer.Option(help="The job whose rollouts are read; by default the newest.")
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="The answer to the events, as score --json wrote it.")
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            help="Where rollouts must be scored, in place of the spec's judges: scripted, replay:FILE, "
            "bedrock:MODEL or openai:URL#MODEL."
        ),
    ] = None,
    readings: Annotated[
        int,
        typer.Option(
            min=1, max=16, help="Have the judges score again, so often: 2 show the reward's noise."
        ),
    ] = 1,
    passing: Annotated[
        float | None, typer.Option(help="A reward from here on passes; the middle of the range.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Rewards of a group this close are equal.")
    ] = 1e-6,
    json: JsonOption = False,
) -> None:
    """Say which groups and prompts teach, what decides the reward, and how much to sample.

    Rollouts that are not scored are scored first. Exit status 1 where AWS's rules of thumb speak against
    training: nothing earned, too sparse, saturated. Example: nova-rft signal preview/rollouts.jsonl
    """
    from nova_rft.project import Project
    from nova_rft.spec import parse_judge

    if file is not None and job is not None:
        raise UsageError("a file or --job, not both: say whose rollouts are meant")
    project = Project.load(spec)
    chosen = parse_judge(judge) if judge else None
    rollouts = read_rollouts(project, file, job, scores, chosen)
    noise = _noise(project, rollouts, readings, chosen) if readings > 1 else None
    report = project.signal(rollouts, noise=noise, passing=passing, tolerance=tolerance)
    project.keep_signal(report, rollouts)
    show_signal(report, rollouts, json=json)
    if {"nothing_scored", "no_success", "sparse", "saturated"} & {f.code for f in report.findings}:
        raise typer.Exit(1)


def read_rollouts(
    project: Project,
    file: Path | None,
    job: str | None,
    scores: Path | None,
    judge: JudgeModelSpec | None,
) -> Rollouts:
    """A file's rollouts, scored now where they are not, or a job's."""
    out = console()
    if file is None:
        if scores is not None or judge is not None:
            raise UsageError("--scores and --judge are for a file; a job's rollouts are scored")
        with out.status("reading the job's rollouts"):
            return project.job_rollouts(job)
    models = project.judge_models(judge)
    with out.status("reading"):
        found = project.rollouts(
            file, scores, judge=judge, models=models, workers=os.cpu_count() or 1
        )
    spent = spending(models.totals, project.spec.required_reward)
    if spent:
        out.print(spent, markup=False)
    return found


def _noise(
    project: Project, rollouts: Rollouts, readings: int, judge: JudgeModelSpec | None
) -> Noise | None:
    out = console()
    with out.status("scoring again"):
        noise, took = project.noise(rollouts, readings, judge)
    out.print(spending(took, project.spec.required_reward), markup=False)
    return noise
