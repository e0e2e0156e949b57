"""`nova-rft submit`: the job, once."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json


def submit(
    spec: SpecArgument = SPEC_FILE,
    again: Annotated[
        bool, typer.Option("--again", help="After a Failed or Stopped job: start the next attempt.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Submit the job that the spec describes; a second submit finds the first.

    Example: nova-rft submit examples/gsm8k-math/nova-rft.yaml
    """
    from nova_rft.project import Project

    out = console()
    with out.status("submitting") as status:
        submission = Project.load(spec).submit(again=again, progress=status.update)
    job = submission.job
    if json:
        print_json({"created": submission.created, "job": job.as_dict()})
        return
    word = "Submitted" if submission.created else "Already submitted"
    out.print(f"[green]{word}[/] {job.name} ({job.status})")
    out.print(f"[dim]{job.arn}[/]", soft_wrap=True)
    out.print("Next: nova-rft watch, from anywhere; the job does not need this machine.")
