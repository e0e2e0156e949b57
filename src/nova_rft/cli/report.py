"""`nova-rft report`: one page on what a job did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, of_spec, print_json


def report(
    spec: SpecArgument = SPEC_FILE,
    name: Annotated[
        str | None, typer.Option("--job", help="The job; by default the newest.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the page.")] = None,
    json: JsonOption = False,
) -> None:
    """Write a self-contained HTML page on a job and print its path."""
    from nova_rft.project import Project

    project = Project.load(spec)
    with console().status("reading the job and its traces"):
        path, summary = project.report(name, out)
    if json:
        print_json({"path": str(path), **summary.as_dict()})
        return
    from nova_rft.report import print_summary

    print_summary(summary, console())
    typer.echo(str(path))
    if summary.job is not None and summary.job.status == "Completed":
        named = f" {name}" if name else ""
        then = f"nova-rft serve-model{named}{of_spec(spec, '--spec ')}, then nova-rft evaluate"
        console().print(f"Next: {then}{of_spec(spec)}", markup=False, soft_wrap=True)
