"""The report in short, for a terminal of 80 columns."""

from __future__ import annotations

from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nova_rft.report._figures import Histogram
from nova_rft.report._measured import points_of
from nova_rft.report._summary import Statement, Summary
from nova_rft.report._term import TermSummary
from nova_rft.report._wording import counted, duration, figure, number, percent, short

_BARS: Final = " ▁▂▃▄▅▆▇█"
# Characters of a course.
_COURSE: Final = 10
_MARKS: Final = {"plain": ("\u2022", ""), "good": ("\u2713", "green"), "warning": ("!", "yellow")}


def print_summary(summary: Summary, console: Console) -> None:
    """Prints what the figures say, what the job measured, the reward's terms, and abstentions."""
    for notice in summary.notices:
        console.print(
            Panel(Text(notice.text), title=Text(notice.title), border_style="yellow", expand=False)
        )
    console.print(_heading(summary))
    for statement in summary.says:
        console.print(_statement(statement))
    if summary.measured:
        console.print(_measured(summary))
    if summary.histogram and summary.asked.reward:
        low, high = summary.asked.reward.range
        console.print(
            Text.assemble(
                "\n  rewards  ",
                f"{short(low)} ",
                (_bars(summary.histogram), "cyan"),
                f" {short(high)}",
            )
        )
    if summary.rollouts:
        console.print(_terms(summary))
    if summary.abstentions:
        console.print(_abstentions(summary))


def _heading(summary: Summary) -> Text:
    asked, job = summary.asked, summary.job
    text = Text(f"{asked.project} ({asked.stage}), {asked.model}", style="bold")
    text.append(f"\n{asked.technique_plain} on {asked.backend_plain}", style="not bold")
    if job:
        lasted = f", {duration(job.duration_s)}" if job.duration_s is not None else ""
        text.append(f"\n{job.name}: {job.status}{lasted}", style="not bold")
    return text


def _statement(statement: Statement) -> Table:
    mark, style = _MARKS[statement.tone]
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(mark, style=style), Text(statement.text))
    return grid


def _bars(found: Histogram) -> str:
    most = max(found.counts) or 1
    # A bar that holds anything is never drawn empty.
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in found.counts)


def _measured(summary: Summary) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("measured", overflow="fold", max_width=20)
    table.add_column("course", no_wrap=True, style="cyan")
    for heading in ("first", "last", "lowest", "highest"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in summary.measured:
        points = points_of(summary.measures, one.name, _COURSE)
        figures = (figure(value, 3) for value in (one.first, one.last, one.low, one.high))
        table.add_row(Text(one.plain), _course([value for _, value in points]), *figures)
    return table


def _course(values: list[float]) -> str:
    """A line of bars from the lowest value to the highest."""
    low, high = min(values), max(values)
    levels = len(_BARS) - 2
    if high <= low:
        return _BARS[1 + levels // 2] * len(values)
    return "".join(_BARS[1 + round((value - low) / (high - low) * levels)] for value in values)


def _terms(summary: Summary) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("term", overflow="fold", max_width=20)
    for heading in ("weight", "mean", "at low", "at high", "variance", "no signal"):
        table.add_column(heading, justify="right", no_wrap=True)
    for term in summary.terms:
        table.add_row(*_term_cells(term))
    reward, share = summary.reward, summary.signal.share_without_signal
    mean = number(reward.mean if reward else None)
    table.add_section()
    table.add_row("reward", "", mean, "", "", "", percent(share), style="bold")
    return table


def _term_cells(term: TermSummary) -> list[Text]:
    cells = [
        term.name,
        short(term.weight),
        number(term.values.mean if term.values else None),
        percent(term.at_low),
        percent(term.at_high),
        percent(term.variance_share_within),
        percent(term.signal.share_without_signal),
    ]
    return [Text(cell) for cell in cells]


def _abstentions(summary: Summary) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("not scored", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for found in summary.abstentions:
        table.add_row(counted(found.count, "rollout"), Text(found.plain))
    return table
