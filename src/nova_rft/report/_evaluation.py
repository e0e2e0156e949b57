"""The page on an evaluation: verdicts, gains with pictures, slices, skills, answers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from nova_rft.calibrate import Figure
from nova_rft.evaluate import Comparison, Contrast, Evaluation, Finding
from nova_rft.report._compared import about_scripted
from nova_rft.report._compared_chart import Bar, bars_chart
from nova_rft.report._environment import environment
from nova_rft.report._examples import cut
from nova_rft.report._write import write_page

_NOTHING: Final = 1e-9
_LONGEST: Final = 3_000
_TONE: Final = {
    Finding.REAL_GAIN: "good",
    Finding.WORSE: "bad",
    Finding.NO_GAIN: "quiet",
    Finding.CANNOT_TELL: "warning",
}
_WORDS: Final = {"better": "good", "kept": "good", "worse": "bad", "lost": "bad"}


def write_evaluation_page(
    found: Evaluation, missed: Sequence[str], gated: bool, path: Path
) -> Path:
    """Writes the page, whole or not at all, and gives back where it is.

    Args:
        found: What was found.
        missed: Thresholds that were not met, in sentences.
        gated: Whether any was asked for.
        path: Where to; missing folders are made.

    Raises:
        StorageError: this machine refused to store it.
    """
    return write_page(render_evaluation_page(found, missed, gated), path)


def render_evaluation_page(
    found: Evaluation, missed: Sequence[str] = (), gated: bool = False
) -> str:
    """The page as HTML; what it is given gets escaped."""
    return (
        environment()
        .get_template("evaluation.html.j2")
        .render(
            found=found,
            notice=scripted_words(found),
            alike=alike_words,
            seconds=seconds_words,
            missed=missed,
            gated=gated,
            tone=lambda one: _TONE[one.verdict.finding],
            picture=_picture,
            shade=lambda word: _WORDS.get(word, ""),
            value=value_words,
            figure=figure_words,
            interval=interval_words,
            clipped=lambda text: cut(text, _LONGEST),
        )
    )


def value_words(value: float | None) -> str:
    """A mean, to three digits that say something; empty where there is none."""
    return "" if value is None else f"{value:.3g}"


def figure_words(figure: Figure, *, signed: bool = True) -> str:
    """A gain with its sign, or a share without; empty where there is none."""
    if figure.value is None:
        return ""
    return f"{_zero(figure.value):{_sign(figure.value, signed=signed)}.3g}"


def interval_words(figure: Figure, *, signed: bool = True) -> str:
    """Both ends of an interval; a dash where there is none."""
    if figure.low is None or figure.high is None:
        return "-"
    low, high = (
        f"{_zero(end):{_sign(end, signed=signed)}.3g}" for end in (figure.low, figure.high)
    )
    return f"{low} to {high}"


def _sign(value: float, *, signed: bool) -> str:
    return "+" if signed and abs(value) > _NOTHING else ""


def _zero(value: float) -> float:
    return value if abs(value) > _NOTHING else 0.0


def seconds_words(value: float | None) -> str:
    """Seconds; what a clock hardly shows is said to be less."""
    return "<0.001" if value is not None and 0 < value < 0.001 else value_words(value)


def alike_words(one: Contrast) -> str:
    """Why an interval stands where all prompts differ alike; empty where none do."""
    for each in (one.verdict.primary, *one.measures, *one.habits):
        figure, width = each.gain.figure, each.measure.width
        flat = each.gain.spread is not None and each.gain.spread <= _NOTHING
        if flat and width and figure.high is not None and figure.low is not None:
            off = max(figure.high - (figure.value or 0.0), (figure.value or 0.0) - figure.low)
            return (
                f"Where all {each.gain.prompts:,} prompts differ alike, or not at all, the interval is "
                f"what so few prompts leave open: {off / width:.3g} of the measure\u2019s range each "
                "way (the exact binomial bound of Clopper and Pearson where none was seen)."
            )
    return ""


def scripted_words(found: Evaluation) -> tuple[str, str] | None:
    """Title and text of the notice that a script answered; None where models did."""
    models = found.models
    return about_scripted(sum(one.scripted for one in models), sum(one.answers for one in models))


def _picture(one: Contrast) -> Markup | None:
    """Gains with their intervals, each as a share of its measure's range, one below the other."""
    shown = [each for each in (one.verdict.primary, *one.measures) if _drawable(each)]
    return (
        bars_chart([_bar(each) for each in shown], title=f"Gains of {one.name}") if shown else None
    )


def _drawable(one: Comparison) -> bool:
    return one.gain.figure.value is not None and one.measure.width > 0


def _bar(one: Comparison) -> Bar:
    figure, width = one.gain.figure, one.measure.width
    value = float(figure.value or 0.0)
    low = value if figure.low is None else figure.low
    high = value if figure.high is None else figure.high
    return Bar(one.measure.name, value / width, low / width, high / width)
