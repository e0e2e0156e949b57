"""`nova-rft pipeline status` and `list`."""

from __future__ import annotations

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json
from nova_rft.cli.pipeline._common import RunOption, opened, show


def status(spec: SpecArgument = SPEC_FILE, run: RunOption = None, json: JsonOption = False) -> None:
    """Say where a run stands, step by step."""
    from nova_rft.pipeline import find

    show(find(*opened(spec), run), "Run", json=json)


def listing(spec: SpecArgument = SPEC_FILE, json: JsonOption = False) -> None:
    """List the project's runs, the newest first."""
    from nova_rft.pipeline import Runs

    project, place = opened(spec)
    found = Runs(project.aws, place.table).all()
    if json:
        print_json({"runs": [run.as_dict() for run in found]})
        return
    from rich.table import Table

    out = console()
    if not found:
        out.print(f"{project.spec.project} has no runs yet. Next: nova-rft pipeline start.")
        return
    table = Table(box=None, header_style="bold")
    for title in ("run", "state", "step", "created (UTC)"):
        table.add_column(title, overflow="fold")
    for run in found:
        table.add_row(run.name, str(run.state), run.step, run.created[:19].replace("T", " "))
    out.print(table)
