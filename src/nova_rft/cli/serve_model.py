"""`nova-rft serve-model` and `invoke`: what a job made, put to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.jobs import Served
    from nova_rft.project import Project


def serve_model(
    name: Annotated[
        str | None, typer.Argument(help="The job whose model it is; by default the newest.")
    ] = None,
    spec: SpecOption = SPEC_FILE,
    listed: Annotated[
        bool, typer.Option("--list", help="Only list the project's deployments.")
    ] = False,
    delete: Annotated[
        str | None, typer.Option(help="Delete this deployment; the model stays.")
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Wait until it answers; --no-wait leaves at once.")
    ] = True,
    json: JsonOption = False,
) -> None:
    """Deploy a job's model for use on demand, or find it deployed, and say what that costs.

    A model that SageMaker trained is imported into Bedrock first; open-weight models answer without a
    deployment.
    """
    from nova_rft.project import Project

    project = Project.load(spec)
    if listed:
        _list(project, json=json)
        return
    if delete is not None:
        project.unserve(delete)
        console().print(f"Deleted the deployment {delete}; the model stays.", markup=False)
        return
    with console().status("deploying") as status:
        served = project.serve(name, wait_s=1800.0 if wait else 0.0, progress=status.update)
    if json:
        print_json(served.as_dict())
        return
    out = console()
    out.print(f"[green]{served.status}[/] {served.name}")
    out.print(served.model_id, markup=False, soft_wrap=True)
    out.print(_price(served), markup=False)
    out.print('Next: nova-rft invoke "your prompt"', markup=False)


def _list(project: Project, *, json: bool) -> None:
    found = project.served()
    if json:
        print_json({"deployments": [served.as_dict() for served in found]})
        return
    from rich.table import Table

    if not found:
        console().print("Nothing is deployed. Next: nova-rft serve-model.")
        return
    table = Table(box=None, header_style="bold")
    for title in ("deployment", "status", "created (UTC)"):
        table.add_column(title, overflow="fold")
    for served in found:
        when = f"{served.created:%Y-%m-%d %H:%M}" if served.created else ""
        table.add_row(served.name, served.status, when)
    console().print(table)


def _price(served: Served) -> str:
    if served.hour_usd is None:
        return "cost: unknown; prices.deployment_hour in the spec says it"
    if served.hour_usd == 0:
        return "cost: by its calls alone"
    return f"cost: ${served.hour_usd:g} an hour until it is deleted (--delete {served.name})"


def invoke(
    prompt: Annotated[str, typer.Argument(help="What to ask.")],
    job: Annotated[
        str | None, typer.Option(help="The job whose model answers; by default the newest.")
    ] = None,
    base: Annotated[bool, typer.Option("--base", help="Ask the base model instead.")] = False,
    system: Annotated[str | None, typer.Option(help="A system prompt.")] = None,
    spec: SpecOption = SPEC_FILE,
    json: JsonOption = False,
) -> None:
    """Ask a job's model something; its answer goes to standard output."""
    from nova_rft.project import Project

    if not prompt.strip():
        raise UsageError("the prompt is empty; write what to ask")
    with console().status("asking"):
        answer = Project.load(spec).invoke(prompt, job, base=base, system=system)
    if json:
        print_json(answer.as_dict())
        return
    typer.echo(answer.text)
