"""`nova-rft jobs`: the project's jobs."""

from __future__ import annotations

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json


def jobs(spec: SpecOption = SPEC_FILE, json: JsonOption = False) -> None:
    """List the project's jobs, the newest first.

    Example: nova-rft jobs --spec examples/gsm8k-math/nova-rft.yaml
    """
    from nova_rft.project import Project

    project = Project.load(spec)
    found = project.jobs()
    if json:
        print_json({"jobs": found})
        return
    from rich.table import Table

    out = console()
    if not found:
        out.print(f"{project.spec.project} has no jobs yet. Next: nova-rft submit.")
        return
    table = Table(box=None, header_style="bold")
    for title in ("name", "status", "created (UTC)"):
        table.add_column(title, overflow="fold")
    for job in found:
        table.add_row(job["name"], job["status"], job["created"][:19].replace("T", " "))
    out.print(table)
