"""`nova-rft report`: one page on what a job did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, of_spec, print_json
from nova_rft.errors import UsageError

_OF_A_JOB: Final = ("nova-rft serve-model",)
# Commands whose argument is something else than the spec.
_BY_OPTION: Final = (*_OF_A_JOB, "nova-rft calibrate LABELS")


def report(
    spec: SpecArgument = SPEC_FILE,
    name: Annotated[
        str | None, typer.Option("--job", help="The job; by default the newest.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the page.")] = None,
    evaluation: Annotated[
        Path, typer.Option(help="The folder that `evaluate` wrote, where it did.")
    ] = Path("evaluation"),
    no_job: Annotated[
        bool,
        typer.Option("--no-job", help="What was done so far; AWS is not asked for a job."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a self-contained HTML page on a job and print its path.

    It tells what was asked, checked, calibrated, rehearsed, trained, compared and paid, and holds
    rollouts to read side by side. Where there is no job yet it is about the steps before one.
    """
    from nova_rft.project import Project

    if no_job and name:
        raise UsageError(f"--no-job goes not with --job {name}; leave one of them out")
    project = Project.load(spec)
    # Jobs on a cluster of the user's are not to be seen from here.
    unseen = project.spec.backend == "hyperpod" and not name
    with console().status("reading what was done"):
        if no_job or unseen:
            path, summary = project.report_so_far(out, evaluation=evaluation)
        else:
            path, summary = project.report(name, out, evaluation=evaluation)
    if json:
        print_json({"path": str(path), **summary.as_dict()})
        return
    from nova_rft.report import print_summary

    print_summary(summary, console())
    typer.echo(str(path))
    following = [_for(command, spec, name) for command in summary.conclusion.commands]
    if unseen:
        console().print(
            "The page ends before the job: jobs on hyperpod run on a cluster of yours. "
            "Next: hyperpod list-jobs",
            soft_wrap=True,
        )
    elif following:
        console().print(f"Next: {', then '.join(following)}", markup=False, soft_wrap=True)


def _for(command: str, spec: Path, job: str | None) -> str:
    """A command of the page, said of the same spec and job."""
    if command in _BY_OPTION:
        named = f" {job}" if job and command in _OF_A_JOB else ""
        return f"{command}{named}{of_spec(spec, '--spec ')}"
    return f"{command}{of_spec(spec)}"
