"""`nova-rft watch`: a job as it trains."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from nova_rft.jobs import Job, Live
    from nova_rft.project import Project

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40


def watch(
    name: Annotated[str | None, typer.Argument(help="The job; by default the newest.")] = None,
    spec: SpecOption = SPEC_FILE,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and leave.")] = False,
    json: JsonOption = False,
) -> None:
    """Watch a job to its end; Ctrl-C leaves it running.

    Exit status 1 when it ends Failed or Stopped. Example: nova-rft watch --spec
    examples/gsm8k-math/nova-rft.yaml --every 2
    """
    from nova_rft.project import Project

    project = Project.load(spec)
    out = console()
    job = project.job(name)
    try:
        last = _follow(project, job, every, once, None if json else out)
    except KeyboardInterrupt:
        place = "" if spec == SPEC_FILE else f" --spec {spec}"
        out.print(f"\n{job.name} goes on without us. Come back:", markup=False)
        # Never broken over lines: it is there to be copied.
        out.print(f"nova-rft watch {job.name}{place}", markup=False, soft_wrap=True)
        raise
    if json:
        print_json(last.as_dict())
    _finish(last.job, project, out)


def _follow(project: Project, job: Job, every: float, once: bool, out: Console | None) -> Live:
    looks = _looks(project, job, every, once)
    if out is None:
        return list(looks)[-1]
    if not out.is_terminal:
        return _lines(looks, out)
    from rich.live import Live as Screen

    with Screen(console=out, refresh_per_second=4) as screen:
        for look in looks:
            screen.update(view(look))
    return look


def _looks(project: Project, job: Job, every: float, once: bool) -> Iterator[Live]:
    while True:
        look = project.live(job)
        yield look
        if once or job.status.ended:
            return
        time.sleep(every)
        job = project.job(job.arn)


def _lines(looks: Iterator[Live], out: Console) -> Live:
    """Without a terminal: a line whenever something changed."""
    before = ""
    for look in looks:
        line = summary_line(look)
        if line != before:
            out.print(line, markup=False, soft_wrap=True)
        before = line
    return look


def summary_line(look: Live) -> str:
    """The job's state in one line."""
    parts = [look.job.name, str(look.job.status), _phase(look.job)]
    if look.rollouts:
        parts.append(_progress(look))
    if look.reward:
        parts.append(f"reward {look.reward[-1].value:+.3f}")
    if look.abstentions:
        parts.append(f"{look.abstentions} abstained")
    return " · ".join(part for part in parts if part)


def view(look: Live) -> RenderableType:
    """The job's state as a small table, 80 columns at most."""
    from rich.markup import escape
    from rich.table import Table

    job = look.job
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("job", job.name)
    table.add_row("status", f"[bold]{job.status}[/] {_phase(job)}")
    table.add_row("rollouts", _progress(look))
    table.add_row("reward", _trend([p.value for p in look.reward], "{:+.3f}"))
    for name, points in look.terms.items():
        if points:
            table.add_row(f"  {name[:16]}", _trend([p.value for p in points], "{:+.3f}"))
    table.add_row("words", _trend([p.value for p in look.words], "{:.0f}"))
    table.add_row("abstained", _abstained(look))
    table.add_row("time", _times(look))
    if look.shared_with:
        others = f"[yellow]these figures are also of[/] {escape(', '.join(look.shared_with))}"
        table.add_row("shared", others)
    for title, row in zip(("best", "worst"), look.examples, strict=False):
        table.add_row(f"{title} of last", escape(_one_line(row)))
    return table


def _one_line(row: Mapping[str, Any]) -> str:
    """A rollout cut to what fits beside its reward."""
    said = " ".join(str(row["response"]).split())
    return f"{float(row['reward']):+.3f}  {said[:_WIDTH]}{'…' if len(said) > _WIDTH else ''}"


def sparkline(values: Sequence[float]) -> str:
    """The last values as bars from the lowest to the highest."""
    shown = values[-_WIDTH:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if high - low < 1e-9:
        return _BARS[3] * len(shown)
    return "".join(_BARS[round((v - low) / (high - low) * (len(_BARS) - 1))] for v in shown)


def _trend(values: Sequence[float], form: str) -> str:
    if not values:
        return "[dim]nothing yet[/]"
    return f"{form.format(values[-1])}  [cyan]{sparkline(values)}[/]"


def _phase(job: Job) -> str:
    """The phase that a running job is in."""
    running = [name for name, status in job.phases.items() if status == "InProgress"]
    words = {
        "validation": "validating",
        "dataProcessing": "processing data",
        "training": "training",
    }
    return words.get(running[0], running[0]) if running and not job.status.ended else ""


def _progress(look: Live) -> str:
    if not look.expected:
        return f"{look.rollouts:,} scored"
    # Validation is scored too, and an event does not say which it is.
    return f"{look.rollouts:,} scored; the training asks for {look.expected:,}"


def _abstained(look: Live) -> str:
    if not look.rollouts:
        return "[dim]nothing yet[/]"
    colour = "yellow" if look.abstentions else "green"
    return f"[{colour}]{look.abstentions:,}[/] of {look.rollouts:,}"


def _times(look: Live) -> str:
    from datetime import UTC, datetime

    job = look.job
    seconds = ((job.ended or datetime.now(UTC)) - job.created).total_seconds()
    text = _duration(seconds)
    if look.expected and 0 < look.rollouts < look.expected and not job.status.ended:
        text += f", about {_duration(seconds * (look.expected / look.rollouts - 1))} to go"
    return text


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min"
        if hours
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )


def _finish(job: Job, project: Project, out: Console) -> None:
    if job.status == "Completed":
        out.print(f"[green]Completed.[/] {job.custom_model_arn or ''}", soft_wrap=True)
        if project.model_tags(job).get("nova-rft:policy") == "recorded":
            out.print("[yellow]The rollouts were recorded; nothing was trained.[/]")
        out.print("Next: nova-rft report")
    elif job.status.ended:
        out.print(f"[red]{job.status}.[/] ", end="")
        out.print(job.failure or "No reason given.", markup=False, soft_wrap=True)
        raise typer.Exit(1)
