"""`nova-rft stop`: asks for a job to be stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json


def stop(
    name: Annotated[str | None, typer.Argument(help="The job; by default the newest.")] = None,
    spec: SpecOption = SPEC_FILE,
    json: JsonOption = False,
) -> None:
    """Stop a job; what it trained so far is lost unless the service kept a checkpoint."""
    from nova_rft.project import Project

    job = Project.load(spec).stop(name)
    if json:
        print_json({"job": job.as_dict()})
    else:
        console().print(f"{job.name}: {job.status}")
