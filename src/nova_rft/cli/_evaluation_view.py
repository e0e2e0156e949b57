"""An evaluation in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE_HEAD
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nova_rft.report import (
    alike_words,
    figure_words,
    interval_words,
    scripted_words,
    seconds_words,
    value_words,
)

if TYPE_CHECKING:
    from rich.console import Console

    from nova_rft.evaluate import Comparison, Contrast, Evaluation

_STYLES: Final = {
    "real gain": "green",
    "better": "green",
    "kept": "green",
    "worse": "red",
    "lost": "red",
    "cannot tell": "yellow",
}


def show_evaluation(found: Evaluation, out: Console) -> None:
    """Prints each verdict, its measures, slices and skills, and what the models took."""
    notice = scripted_words(found)
    if notice:
        out.print(Panel(Text(notice[1]), title=notice[0], border_style="yellow", expand=False))
    for contrast in found.contrasts:
        _contrast(contrast, out)
    if found.production:
        table = _table("production", "base", "mine", "gain", "95 % interval", "says")
        for one in found.production:
            name = one.metric if len(found.contrasts) == 1 else f"{one.contender}: {one.metric}"
            cells = (f"{one.base:.3g}", f"{one.mine:.3g}", figure_words(one.gain))
            table.add_row(name, *cells, interval_words(one.gain), _word(one.word))
        out.print(table)
    for each in found.followed:
        told = f"{figure_words(each.spearman) or 'not known'} ({interval_words(each.spearman)})"
        said = f"the base's {each.measure} and {each.metric} in production go together by {told}"
        out.print(f"{said}, {each.prompts:,} prompts", markup=False)
    if found.bedrock:
        _bedrock(found, out)
    out.print(_models(found))
    if found.spent:
        out.print(f"{found.currency} {found.spent:.4f} spent, over all runs", markup=False)


def _contrast(one: Contrast, out: Console) -> None:
    finding = str(one.verdict.finding)
    out.print(Text(f"\n{one.name}: {finding}", style=f"bold {_STYLES.get(finding, '')}".strip()))
    for sentence in one.verdict.says:
        out.print(Text(sentence))
    if one.wins is not None:
        _wins(one, out)
    table = _table("measure", "base", one.name, "gain", "95 % interval", "p", "says")
    _rows(table, (one.verdict.primary, *one.measures))
    if one.habits:
        table.add_section()
        table.add_row(Text("habits", style="bold"))
        _rows(table, one.habits)
    out.print(table)
    if alike := alike_words(one):
        out.print(Text(alike))
    if one.slices:
        table = _table("slice", "base", one.name, "gain", "95 % interval", "p", "a lead")
        _rows(table, one.slices)
        out.print(table)
    if one.skills:
        table = _table("skill", "base", one.name, "gain", "95 % interval", "may lose", "says")
        for skill in one.skills:
            told = skill.comparison
            cells = (value_words(told.base), value_words(told.mine), figure_words(told.gain.figure))
            ends = interval_words(told.gain.figure)
            table.add_row(Text(skill.name), *cells, ends, f"{skill.margin:g}", _word(skill.says))
        out.print(table)


def _bedrock(found: Evaluation, out: Console) -> None:
    table = _table("Bedrock's job on", "status", "name")
    for one in found.bedrock:
        table.add_row(Text(one.contender), one.status, Text(one.name))
    out.print(table)
    for one in found.bedrock:
        if one.failure:
            out.print(Text(f"{one.name} failed: {one.failure}"))
    if any(one.status == "InProgress" for one in found.bedrock):
        out.print("the same command reads them once they have completed", markup=False)


def _wins(one: Contrast, out: Console) -> None:
    wins = one.wins
    if wins is None or wins.rate.value is None:
        return
    controlled = wins.controlled
    low, high = controlled.low, controlled.high
    ends = "" if low is None or high is None else f" ({low:.0%} to {high:.0%})"
    out.print(
        f"wins {wins.rate.value:.0%} of {wins.pairs:,} pairs, a tie counting half; were answers "
        f"equally long {'not known' if controlled.value is None else f'{controlled.value:.0%}'}{ends}",
        markup=False,
    )


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold", max_width=22)
    for title in others:
        words = title in ("says", "a lead")
        table.add_column(title, justify="left" if words else "right", no_wrap=not words)
    return table


def _rows(table: Table, found: Iterable[Comparison]) -> None:
    for one in found:
        name = " ".join(one.slice) if one.slice else one.measure.name
        cells = (value_words(one.base), value_words(one.mine), figure_words(one.gain.figure))
        ends = interval_words(one.gain.figure)
        table.add_row(Text(name), *cells, ends, f"{one.corrected:.2g}", _word(one.word))


def _word(word: str) -> Text:
    shown = {"no difference shown": "-", "cannot tell": "cannot tell"}.get(word, word)
    return Text(shown, style=_STYLES.get(word, ""))


def _models(found: Evaluation) -> Table:
    table = _table("model", "answers", "median s", "95 % s", "tokens out", "cost of 1,000")
    for one in found.models:
        seconds = [seconds_words(one.median_s), seconds_words(one.slow_s)]
        tokens = f"{one.output_tokens:.0f}"
        if one.scripted:
            seconds, tokens = ["-", "-"], "-"
        cost = "not known" if one.cost is None else f"{1000 * one.cost:.3g}"
        table.add_row(Text(one.name), f"{one.answers:,}", *seconds, tokens, cost)
    return table
