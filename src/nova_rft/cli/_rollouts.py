"""Whose rollouts are meant: options that several commands take, and reading what they name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import console
from nova_rft.cli._spending import spending
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.project import Project, Rollouts
    from nova_rft.spec import JudgeModelSpec

RolloutsArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Rollouts: what preview drew, traces, or reward events; by default a job's."
    ),
]
JobOption = Annotated[
    str | None, typer.Option(help="The job whose rollouts are read; by default the newest.")
]
ScoresOption = Annotated[
    Path | None, typer.Option(help="The answer to the events, as score --json wrote it.")
]
JudgeOption = Annotated[
    str | None,
    typer.Option(
        help="Where rollouts must be scored, in place of the spec's judges: scripted, replay:FILE, "
        "bedrock:MODEL or openai:URL#MODEL."
    ),
]


def read_rollouts(
    project: Project,
    file: Path | None,
    job: str | None,
    scores: Path | None,
    judge: JudgeModelSpec | None,
) -> Rollouts:
    """A file's rollouts, scored now where they are not, or a job's.

    Raises:
        UsageError: both a file and a job are named, or a job is to be scored.
    """
    if file is not None and job is not None:
        raise UsageError("a file or --job, not both: say whose rollouts are meant")
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
