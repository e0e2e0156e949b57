"""Many jobs in one table: one list call a look, and one call more for each job that changed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nova_rft.cli._common import console, of_spec, print_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from nova_rft.project import JobHandle, Project


def watch_many(
    project: Project, names: Sequence[str], spec: Path, every: float, *, once: bool, json: bool
) -> None:
    """Watches some jobs, or all that run, to their ends; exit status 1 where one ended badly."""
    out = console()
    running = "InProgress", "Stopping"
    asked = names or [job.arn for job in project.jobs() if job.status in running]
    handles = [project.handle(name) for name in asked]
    if not handles:
        out.print(
            f"{project.spec.project} has no job that runs. Next: nova-rft submit{of_spec(spec)}"
        )
        return
    try:
        _follow(_looks(project, handles, every, once=once), handles, None if json else out)
    except KeyboardInterrupt:
        say_goes_on([one.name for one in handles if not one.job.status.ended], spec, out)
        raise
    if json:
        print_json({"jobs": [handle.job.as_dict() for handle in handles]})
    bad = [one for one in handles if one.job.status in ("Failed", "Stopped")]
    for handle in bad:
        reason = handle.job.failure or "no reason given"
        out.print(f"{handle.name} {handle.job.status}: {reason}", markup=False, soft_wrap=True)
    if bad:
        raise typer.Exit(1)


def say_goes_on(names: Sequence[str], spec: Path, out: Console) -> None:
    """After Ctrl-C: what goes on, and how to come back."""
    place = of_spec(spec, "--spec ")
    which = names[0] if len(names) == 1 else f"{len(names)} jobs"
    out.print(f"\n{which} goes on without us. Come back:", markup=False)
    # Never broken over lines: it is there to be copied.
    out.print(f"nova-rft watch {' '.join(names)}{place}", markup=False, soft_wrap=True)


def _looks(
    project: Project, handles: Sequence[JobHandle], every: float, *, once: bool
) -> Iterator[list[JobHandle]]:
    """The jobs that changed, again and again."""
    yield list(handles)
    while not once and (left := [one for one in handles if not one.job.status.ended]):
        time.sleep(every)
        changed = project.changed(left, every_s=every)
        for handle in changed:
            handle.refresh()
        yield changed


def _follow(
    looks: Iterator[list[JobHandle]], handles: Sequence[JobHandle], out: Console | None
) -> None:
    if out is None:
        list(looks)
        return
    if not out.is_terminal:
        for changed in looks:
            for handle in changed:
                out.print(f"{handle.name} · {handle.job.status}", markup=False, soft_wrap=True)
        return
    from rich.live import Live as Screen

    with Screen(console=out, refresh_per_second=2) as screen:
        for _ in looks:
            screen.update(_table(handles))


def _table(handles: Sequence[JobHandle]) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in ("job", "status", "for"):
        table.add_column(title, overflow="fold")
    for handle in handles:
        job = handle.job
        minutes = ((job.ended or datetime.now(UTC)) - job.created).total_seconds() / 60
        table.add_row(job.name, str(job.status), f"{minutes:.0f} min")
    return table
