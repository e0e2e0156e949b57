"""`nova-rft pipeline start`, `resume` and `stop`."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import (
    SPEC_FILE,
    AgainOption,
    JsonOption,
    SpecArgument,
    UncalibratedOption,
    console,
    print_json,
)
from nova_rft.cli.pipeline._common import RunOption, opened, show


def start(
    spec: SpecArgument = SPEC_FILE,
    again: AgainOption = False,
    uncalibrated: UncalibratedOption = False,
    json: JsonOption = False,
) -> None:
    """Start the pipeline for the spec and records as they are now; a second start finds the first."""
    from nova_rft.pipeline import start as start_run

    project, place = opened(spec)
    with console().status("starting") as status:
        run, created = start_run(
            project, place, again=again, uncalibrated=uncalibrated, progress=status.update
        )
    if json:
        print_json({"created": created, "run": run.as_dict()})
        return
    show(run, "Started" if created else "Already started", json=False)


def resume(
    spec: SpecArgument = SPEC_FILE,
    run: RunOption = None,
    from_step: Annotated[
        str | None,
        typer.Option(
            "--from", help="An earlier step to go on from, such as validate; none is leapt over."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Go on with a run that failed, was stopped or rejected, at the step where that happened."""
    from nova_rft.pipeline import resume as resume_run

    project, place = opened(spec)
    show(resume_run(project, place, run, from_step=from_step), "Resumed", json=json)


def stop(spec: SpecArgument = SPEC_FILE, run: RunOption = None, json: JsonOption = False) -> None:
    """Stop a run; the job that it submitted trains on, and costs, until `nova-rft stop`."""
    from nova_rft.pipeline import stop as stop_run

    project, place = opened(spec)
    stopped = stop_run(project, place, run)
    show(stopped, "Stopped", json=json)
    if stopped.job and not stopped.model and not json:
        console().print(f"The job trains on: nova-rft stop {stopped.name}", markup=False)
