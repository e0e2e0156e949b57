"""What rollouts have to teach, for programs and for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from nova_rft.cli._common import console, print_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from nova_rft.grpo import Diagnosis, PromptLesson
    from nova_rft.project import Rollouts
    from nova_rft.rollouts import SignalReport

_RATES: Final = ("0%", "to 25%", "to 50%", "to 75%", "to 99%", "100%")
_BARS: Final = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
# Prompts shown of each kind, and correlations.
_SHOWN: Final = 4
_CORRELATIONS: Final = 5
_NOTABLE: Final = 0.2
_LOST: Final = 0.05
_WIDTH: Final = 42
# Findings that tell what is good news or only a hint are none; these are the ones to act on.
_GRAVE: Final = ("nothing_scored", "no_success", "sparse", "saturated")


def show_signal(
    report: SignalReport,
    rollouts: Rollouts,
    *,
    json: bool,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Prints it.

    Args:
        report: What was found.
        rollouts: In what.
        json: For programs.
        about: More that programs are told.
    """
    if json:
        shared = {"rollouts_in": rollouts.where, "unread": rollouts.unread, **(about or {})}
        print_json({**shared, **report.as_dict()})
        return
    out = console()
    out.print(_heading(report, rollouts), markup=False, style="bold")
    if rollouts.unread:
        out.print(
            f"{rollouts.unread:,} items hold no rollout, such as: {rollouts.problem}", markup=False
        )
    for code, text in _sentences(report):
        print_sentence(out, f"[{'red' if code in _GRAVE else 'yellow'}]![/]", text)
    out.print(_figures(report))
    if len(report.diagnosis.terms) > 1:
        out.print(_terms(report.diagnosis))
    _print_prompts(out, report)
    advice = report.diagnosis.advice
    if advice is not None:
        out.print(_advice(report), markup=False, style="bold")
        for reason in advice.reasons:
            print_sentence(out, "-", reason)


def _sentences(report: SignalReport) -> Iterator[tuple[str, str]]:
    """The findings; what goes with the reward in one sentence, since figures of length go together."""
    with_it = []
    for finding in report.findings:
        if finding.code == "correlated":
            with_it.append(finding)
        else:
            yield finding.code, finding.text
    if len(with_it) == 1:
        yield with_it[0].code, with_it[0].text
    elif with_it:
        yield (
            "correlated",
            f"Inside groups the reward goes with {len(with_it)} figures of length and style (below): a "
            "policy may find them first. Penalise them, or see that they are wanted.",
        )


def print_sentence(out: Console, mark: str, text: str) -> None:
    """A sentence that hangs beside its mark."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text.from_markup(mark), Text(text))
    out.print(grid)


def table(*titles: str) -> Table:
    """A table whose first column is words, and the others figures."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, title in enumerate(titles):
        made.add_column(
            title,
            justify="right" if place else "left",
            overflow="fold",
            no_wrap=bool(place),
        )
    return made


def _heading(report: SignalReport, rollouts: Rollouts) -> str:
    found = report.diagnosis
    by = f", by {', '.join(report.policies)}" if report.policies else ""
    left = f", {found.abstained:,} not scored" if found.abstained else ""
    return f"{rollouts.where}: {found.rollouts:,} rollouts of {found.signal.groups:,} prompts{left}{by}"


def _figures(report: SignalReport) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, text in _rows(report):
        grid.add_row(Text(name, style="dim"), Text(text))
    return grid


def _rows(report: SignalReport) -> Iterator[tuple[str, str]]:
    found, settings = report.diagnosis, report.settings
    if found.baseline is not None and found.positive is not None:
        yield (
            "reward",
            f"{found.baseline:.1%} of the best on average; {found.positive:.1%} above none",
        )
    yield "groups", _verdicts(found)
    yield "passed", _rates(found.pass_rates)
    if found.wasted is not None:
        yield "spent in vain", f"{found.wasted:.0%} of the rollouts, in groups that teach nothing"
    if found.effective_groups is not None and settings.batch_size is not None:
        yield (
            "a batch",
            f"of {settings.batch_size} prompts: {found.effective_groups:.1f} groups teach, as these do"
            + _expected(report),
        )
    yield from _noise(report)
    yield from _lengths(found)
    if found.cancelled is not None and found.cancelled >= _LOST:
        yield "lost", f"{found.cancelled:.0%} of what the terms tell apart, in their sum"


def _verdicts(found: Diagnosis) -> str:
    counts = {
        verdict: sum(one.verdict == verdict for one in found.prompts)
        for verdict in ("teaches", "mastered", "hopeless", "single", "unscored")
    }
    words = {"teaches": "teach", "single": "with one rollout", "unscored": "not scored"}
    shown = [
        f"{count:,} {words.get(verdict, verdict)}"
        for verdict, count in counts.items()
        if count or verdict in ("teaches", "mastered", "hopeless")
    ]
    return ", ".join(shown)


def _rates(rates: Sequence[int]) -> str:
    most = max(rates) or 1
    bars = "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in rates)
    return f"{bars}  " + ", ".join(f"{n}: {c}" for n, c in zip(_RATES, rates, strict=True) if c)


def _expected(report: SignalReport) -> str:
    settings = report.settings
    if settings.groups is None:
        return ""
    return (
        f"; {settings.groups:.1f} expected with the spec's {settings.samples_per_prompt} rollouts"
    )


def _noise(report: SignalReport) -> Iterator[tuple[str, str]]:
    noise, found = report.noise, report.diagnosis.reliability
    if noise is None:
        yield (
            "noise",
            "not known; --readings 2 has the judges score again, or calibrate --repeats 2",
        )
    elif found is not None and noise.value > 0:
        yield (
            "noise",
            f"{noise.value:.3f} beside a spread of {found.spread:.3f} inside groups: "
            f"{found.reliability:.0%} is signal ({noise.source})",
        )
    else:
        yield "noise", noise.source


def _lengths(found: Diagnosis) -> Iterator[tuple[str, str]]:
    known = [(name, value) for name, value in found.correlations.items() if value is not None]
    known = [one for one in known if abs(one[1]) >= _NOTABLE]
    known.sort(key=lambda one: -abs(one[1]))
    if known:
        shown = ", ".join(f"{name} {value:+.2f}" for name, value in known[:_CORRELATIONS])
        yield "goes with", f"{shown} (correlation inside groups)"


def _terms(found: Diagnosis) -> Table:
    made = table("term", "share of variance", "deviation", "")
    for term in found.terms:
        share = "" if term.share is None else f"{term.share:.0%}"
        made.add_row(term.name, share, f"{term.deviation:.3f}", term.verdict)
    return made


def _print_prompts(out: Console, report: SignalReport) -> None:
    found = report.diagnosis.prompts
    teach = sorted((p for p in found if p.verdict == "teaches"), key=lambda p: -(p.deviation or 0))
    rows: list[tuple[str, PromptLesson]] = [("teaches", one) for one in teach[:_SHOWN]]
    for verdict in ("mastered", "hopeless"):
        rows += [(verdict, one) for one in found if one.verdict == verdict][-_SHOWN:]
    if not rows:
        return
    made = table("prompt", "n", "passed", "spread", "")
    for verdict, one in rows:
        rate = "" if one.pass_rate is None else f"{one.pass_rate:.0%}"
        spread = "" if one.deviation is None else f"{one.deviation:.3f}"
        name = _named(str(one.group), report.texts[str(one.group)])
        made.add_row(name, str(one.rollouts), rate, spread, verdict)
    out.print(made)
    left = len(found) - len(rows)
    if left > 0:
        out.print(f"{left:,} more prompts; --json lists all", markup=False, style="dim")


def _named(group: str, text: str) -> str:
    """A prompt by its group and the end of what it says, in one line."""
    # Of a digest a few characters tell prompts apart.
    name = group.removeprefix("prompt:")[:8] if group.startswith("prompt:") else group
    name = name if len(name) <= _WIDTH // 2 else f"\u2026{name[1 - _WIDTH // 2 :]}"
    left = _WIDTH - len(name) - 2
    return f"{name}: {text if len(text) <= left else chr(0x2026) + text[1 - left :]}"


def _advice(report: SignalReport) -> str:
    advice, settings = report.diagnosis.advice, report.settings
    if advice is None:
        return ""
    asked = [
        f"{name} {value}"
        for name, value in (
            ("samples_per_prompt", settings.samples_per_prompt),
            ("batch_size", settings.batch_size),
        )
        if value is not None
    ]
    spec = f" (the spec: {', '.join(asked)})" if asked else ""
    samples, batch = advice.samples_per_prompt, advice.batch_size
    return f"advised: samples_per_prompt {samples}, batch_size {batch}{spec}"
