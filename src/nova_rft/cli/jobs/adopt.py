"""`nova-rft jobs adopt`: a job that was started elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json


def adopt(
    name: Annotated[str, typer.Argument(help="The job's name, ARN or id.")],
    spec: SpecOption = SPEC_FILE,
    json: JsonOption = False,
) -> None:
    """Take in a job that was started elsewhere: it is listed, watched and reported on from now on."""
    from nova_rft.project import Project

    job = Project.load(spec).adopt(name).job
    if json:
        print_json({"job": job.as_dict()})
        return
    console().print(f"[green]Adopted[/] {job.name} ({job.status})")
    console().print(f"Next: nova-rft watch {job.name}", markup=False, soft_wrap=True)
