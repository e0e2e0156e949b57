"""`nova-rft watch`: a job as it trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, of_spec, print_json
from nova_rft.cli._watch_many import say_goes_on, watch_many

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from nova_rft.errors import AwsRefused
    from nova_rft.jobs import Job, Live
    from nova_rft.project import JobHandle, Project

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40
# What a line says of a job's own figures.
_FIRST = ("reward", "validation_reward", "loss", "validation_loss")
# What the embedded AWS trained, by the tag that it leaves.
_TRAINED = {
    "recorded": "The rollouts were recorded; nothing was trained.",
    "tiny": "A tiny policy was trained in Nova's place: it shows what the reward invites.",
    "folder": "The model of --policy was trained in Nova's place.",
}


def watch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Jobs; by default the newest.", metavar="JOB")
    ] = None,
    spec: SpecOption = SPEC_FILE,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and leave.")] = False,
    every_job: Annotated[
        bool, typer.Option("--all", help="All jobs that run, in one table.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Watch a job to its end, or many in one table; Ctrl-C leaves them running.

    Exit status 1 when one ends Failed or Stopped.
    """
    from nova_rft.project import Project

    project = Project.load(spec)
    if every_job or len(names or ()) > 1:
        watch_many(project, names or [], spec, every, once=once, json=json)
        return
    out = console()
    handle = project.handle(names[0] if names else None)
    try:
        last = _follow(handle, every, once, None if json else out)
    except KeyboardInterrupt:
        say_goes_on([handle.name], spec, out)
        raise
    if json:
        print_json(last.as_dict())
    if (run := project.log_mlflow(last)) is not None:
        out.print(f"MLflow run {run}", markup=False)
    named = f" --job {last.job.name}" if names else ""
    again = f"nova-rft submit --again{of_spec(spec)}"
    _finish(last.job, project, out, f"nova-rft report{of_spec(spec)}{named}", again)


def _follow(handle: JobHandle, every: float, once: bool, out: Console | None) -> Live:
    looks = handle.looks(every_s=every, told=_told)
    if once:
        looks = islice(looks, 1)
    if out is None:
        return list(looks)[-1]
    if not out.is_terminal:
        return _lines(looks, out)
    from rich.live import Live as Screen

    with Screen(console=out, refresh_per_second=4) as screen:
        for look in looks:
            screen.update(view(look))
    return look


def _told(refused: AwsRefused) -> None:
    console().print(
        f"{refused}; the job is not touched, trying again", markup=False, soft_wrap=True
    )


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
    elif look.measures:
        last = look.measures[-1]
        parts.append(f"step {last.step}")
        parts += [f"{name} {last.values[name]:.4g}" for name in _FIRST if name in last.values]
    if look.abstentions:
        parts.append(f"{look.abstentions} abstained")
    parts += [f"advice: {advice.rule}" for advice in look.advice]
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
    if job.reward_version:
        _add_reward(table, look)
    for name, values in _measured(look).items():
        table.add_row(f"  {name[:16]}", _trend(values, "{:.4g}"))
    table.add_row("time", _times(look))
    if look.cost is not None:
        spent = "unknown" if look.cost.usd is None else f"${look.cost.usd:,.2f}"
        table.add_row("cost", f"{spent} [dim]({escape(look.cost.how)})[/]")
    for advice in look.advice:
        table.add_row("advice", f"[yellow]{escape(advice.message)}[/]")
    for title, row in zip(("best", "worst"), look.examples, strict=False):
        table.add_row(f"{title} of last", escape(_one_line(row)))
    return table


def _measured(look: Live) -> dict[str, list[float]]:
    """What the job measured of itself, by name; the reward's own metrics say the same in more detail."""
    from nova_rft.jobs import column

    told = ("reward", "reward_max", "reward_min", "length") if look.reward else ()
    names = dict.fromkeys(name for one in look.measures for name in one.values)
    return {
        name: [value for _, value in column(look.measures, name)]
        for name in names
        if name not in told
    }


def _add_reward(table: Table, look: Live) -> None:
    """What the reward Lambda emitted."""
    from rich.markup import escape

    table.add_row("rollouts", _progress(look))
    table.add_row("reward", _trend([p.value for p in look.reward], "{:+.3f}"))
    for name, points in look.terms.items():
        if points:
            table.add_row(f"  {name[:16]}", _trend([p.value for p in points], "{:+.3f}"))
    table.add_row("words", _trend([p.value for p in look.words], "{:.0f}"))
    table.add_row("abstained", _abstained(look))
    if look.shared_with:
        others = f"[yellow]these figures are also of[/] {escape(', '.join(look.shared_with))}"
        table.add_row("shared", others)


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
    more = look.rollouts - look.expected
    told = f", and {more:,} of validation" if more > 0 else ""
    return f"{min(look.rollouts, look.expected):,} of {look.expected:,} scored{told}"


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


def _finish(job: Job, project: Project, out: Console, then: str, again: str) -> None:
    if job.status == "Completed":
        out.print(f"[green]Completed.[/] {job.custom_model_arn or ''}", soft_wrap=True)
        trained = _TRAINED.get(project.model_tags(job).get("nova-rft:policy", ""))
        if trained:
            out.print(f"[yellow]{trained}[/]")
        out.print(f"Next: {then}", markup=False, soft_wrap=True)
    elif job.status.ended:
        out.print(f"[red]{job.status}.[/] ", end="")
        out.print(job.failure or "No reason given.", markup=False, soft_wrap=True)
        out.print(f"Next, once that is mended: {again}", markup=False, soft_wrap=True)
        raise typer.Exit(1)
