"""`nova-rft jobs`: the project's jobs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, of_spec, print_json
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.jobs import Status

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SHOWN: Final = 50


def jobs(
    context: typer.Context,
    spec: SpecOption = SPEC_FILE,
    status: Annotated[
        str | None, typer.Option(help="Only InProgress, Completed, Failed, Stopping or Stopped.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Only jobs no older: 30m, 12h, 7d, 4w, or a date.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only jobs older: as --since.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="How many at most; pages beyond are not asked for.")
    ] = _SHOWN,
    json: JsonOption = False,
) -> None:
    """List the project's jobs, the newest first."""
    if context.invoked_subcommand is not None:
        return
    from nova_rft.project import Project

    project = Project.load(spec)
    after, before = moment_of(since, "--since"), moment_of(until, "--until")
    found = project.jobs(status=_status(status), after=after, before=before, limit=limit)
    if json:
        print_json({"jobs": [job.as_dict() for job in found]})
        return
    from rich.table import Table

    out = console()
    if not found:
        which = "such jobs" if status or since or until else "jobs yet"
        out.print(f"{project.spec.project} has no {which}. Next: nova-rft submit{of_spec(spec)}")
        return
    table = Table(box=None, header_style="bold")
    for title in ("name", "status", "created (UTC)"):
        table.add_column(title, overflow="fold")
    for job in found:
        table.add_row(job.name, str(job.status), f"{job.created.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
    out.print(table)
    if len(found) == limit:
        out.print(f"[dim]The newest {limit}; --limit shows more.[/]")


def moment_of(text: str | None, option: str) -> datetime | None:
    """A moment from an age (`7d`) or a date.

    Raises:
        UsageError: it is neither.
    """
    if text is None:
        return None
    age = re.fullmatch(r"(\d+)([mhdw])", text)
    if age:
        return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text}: no moment; write an age (30m, 12h, 7d, 4w) or a date (2026-11-01)"
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def _status(text: str | None) -> Status | None:
    from nova_rft.jobs import Status

    known = {one.lower(): one for one in Status}
    if text is not None and text.lower() not in known:
        raise UsageError(f"--status {text}: not known; use one of {', '.join(Status)}")
    return known[text.lower()] if text else None
