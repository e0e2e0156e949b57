"""`nova-rft deploy`: the project's stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, of_spec, print_json

if TYPE_CHECKING:
    from rich.console import Console


def deploy(
    spec: SpecArgument = SPEC_FILE,
    bootstrap: Annotated[
        bool,
        typer.Option(help="Bootstrap the region for the CDK where that was never done."),
    ] = True,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show every line that the CDK prints.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Deploy storage, the reward Lambda and the jobs' role; what has not changed is left alone."""
    from rich.markup import escape

    from nova_rft.deploy import Steps
    from nova_rft.deploy import deploy as deploy_stacks

    out = console()
    with out.status("deploying") as status:
        steps = Steps(lambda said: status.update(escape(said[:100])))

        def progress(line: str) -> None:
            if verbose:
                out.print(line, markup=False, soft_wrap=True)
            steps.line(line)

        outputs = deploy_stacks(spec, progress=progress, bootstrap=bootstrap)
    started = _started(out, outputs.get("pipeline", {}))
    if json:
        print_json(outputs)
        return
    for part, values in outputs.items():
        out.print(f"[green]{part}[/]")
        for name, value in values.items():
            out.print(f"  {name} [dim]{escape(value)}[/]", soft_wrap=True)
    following = "pipeline status" if started else "submit"
    out.print(f"Next: nova-rft {following}{of_spec(spec)}", markup=False, soft_wrap=True)


def _started(out: Console, pipeline: Mapping[str, str]) -> bool:
    """Whether deploying starts runs; one that it was to start and has not is said as a warning."""
    from rich.markup import escape

    from nova_rft.pipeline import WARNING

    said = pipeline.get("PipelineSaid", "")
    if said.startswith(WARNING):
        out.print(f"[yellow]warning[/] {escape(said.removeprefix(WARNING))}", soft_wrap=True)
    return bool(said)
