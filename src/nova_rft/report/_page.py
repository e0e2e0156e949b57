"""The page: one HTML file that holds its styles and pictures and needs nothing else."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nova_rft.report import _charts as charts
from nova_rft.report import _wording as wording
from nova_rft.report._curves import is_held_out, pictures, steps_per_point, without_picture
from nova_rft.report._summary import OverTime, Summary, TermSummary


def render_html(summary: Summary) -> str:
    """The report as one HTML page; equal summaries give equal pages."""
    # The style sheet is ours; everything else that the template is given gets escaped.
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            summary=summary,
            pictures=pictures(summary.measured, summary.measures),
            steps_per_point=steps_per_point(summary.measured),
            without_picture=without_picture(summary.measured),
            **_charts(summary),
        )
    )


def _charts(summary: Summary) -> dict[str, Any]:
    time, lengths, validation = summary.over_time, summary.lengths, summary.validation
    return {
        "reward_chart": summary.histogram
        and charts.histogram_chart(
            summary.histogram, title="Distribution of rewards", axis="reward"
        ),
        "time_chart": time
        and any(point.mean is not None for point in time.points)
        and charts.reward_over_time_chart(time, title="Reward over time"),
        "length_chart": lengths
        and charts.histogram_chart(
            lengths.histogram, title="Lengths of responses", axis=lengths.unit
        ),
        "length_time_chart": time
        and lengths
        and charts.length_over_time_chart(time, title="Length over time", unit=lengths.unit),
        "repetition_time_chart": time
        and charts.repetition_over_time_chart(time, title="Repetition over time"),
        "validation_chart": validation
        and validation.over_time
        and validation.reward
        and charts.reward_over_time_chart(validation.over_time, title="Validation over time"),
        "term_charts": {term.name: _term_chart(term) for term in summary.terms},
        "trend_charts": {term.name: _trend_chart(time, term) for term in summary.terms},
    }


def _term_chart(term: TermSummary) -> Markup | None:
    if term.histogram is None:
        return None
    return charts.histogram_chart(
        term.histogram, title=f"Values of {term.name}", axis="value", width=300, height=150
    )


def _trend_chart(time: OverTime | None, term: TermSummary) -> Markup | None:
    if time is None or all(value is None for value in term.trend):
        return None
    return charts.term_over_time_chart(time, term.trend, title=f"{term.name} over time")


@cache
def environment() -> Environment:
    """The templates of this package, with its words for numbers; all that is filled in gets escaped."""
    environment = Environment(
        loader=PackageLoader("nova_rft", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        num=wording.number,
        figure=wording.figure,
        dollars=wording.dollars,
        place=lambda backend: wording.BACKENDS.get(backend, backend),
        short=wording.short,
        pct=wording.percent,
        counted=wording.counted,
        duration=wording.duration,
        when=wording.when,
    )
    environment.tests["held_out"] = is_held_out
    css = resources.files("nova_rft.report").joinpath("page.css").read_text(encoding="utf-8")
    environment.globals["css"] = Markup(css)  # noqa: S704 - a file of this package
    return environment
