"""`nova-rft signal`: what scored rollouts have to teach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, of_spec
from nova_rft.cli._rollouts import (
    JobOption,
    JudgeOption,
    RolloutsArgument,
    ScoresOption,
    read_rollouts,
)
from nova_rft.cli._signal_view import show_signal
from nova_rft.cli._spending import spending

if TYPE_CHECKING:
    from nova_rft.project import Project, Rollouts
    from nova_rft.rollouts import Noise
    from nova_rft.spec import JudgeModelSpec


def signal(
    file: RolloutsArgument = None,
    spec: SpecOption = SPEC_FILE,
    job: JobOption = None,
    scores: ScoresOption = None,
    judge: JudgeOption = None,
    readings: Annotated[
        int,
        typer.Option(
            min=1, max=16, help="How often the judges score; 2 or more show the reward's noise."
        ),
    ] = 1,
    passing: Annotated[
        float | None,
        typer.Option(help="The least reward that passes; by default the middle of the range."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Rewards of a group this close are equal.")
    ] = 1e-6,
    json: JsonOption = False,
) -> None:
    """Say which groups and prompts teach, what decides the reward, and how much to sample.

    Rollouts that are not scored are scored first. Exit status 1 where AWS's rules of thumb speak against
    training: nothing earned, too sparse, saturated.
    """
    from nova_rft.project import Project
    from nova_rft.spec import parse_judge

    project = Project.load(spec)
    chosen = parse_judge(judge) if judge else None
    rollouts = read_rollouts(project, file, job, scores, chosen)
    noise = _noise(project, rollouts, readings, chosen) if readings > 1 else None
    report = project.signal(rollouts, noise=noise, passing=passing, tolerance=tolerance)
    project.keep_signal(report, rollouts)
    show_signal(report, rollouts, json=json)
    if file is not None and not json:
        how = f" --judge {judge}" if judge else ""
        told = f"Next: nova-rft forecast {file}{how}{of_spec(spec, '--spec ')}"
        console().print(told, markup=False, soft_wrap=True)
    if {"nothing_scored", "no_success", "sparse", "saturated"} & {f.code for f in report.findings}:
        raise typer.Exit(1)


def _noise(
    project: Project, rollouts: Rollouts, readings: int, judge: JudgeModelSpec | None
) -> Noise | None:
    out = console()
    with out.status("scoring again"):
        noise, took = project.noise(rollouts, readings, judge)
    out.print(spending(took, project.spec.required_reward), markup=False)
    return noise
