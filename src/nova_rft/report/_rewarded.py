"""The pictures of what was rewarded."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from nova_rft.grpo import TOLERANCE
from nova_rft.report import _charts as charts
from nova_rft.report._figures import OverTime
from nova_rft.report._pairs import LENGTH
from nova_rft.report._pairs_chart import CLASSES, pair_chart
from nova_rft.report._summary import Summary
from nova_rft.report._term import TermSummary


def rewarded_charts(summary: Summary) -> dict[str, Any]:
    """By the name that the template knows it by; None where there is nothing to draw."""
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
        "pair_charts": [pair_chart(one) for one in summary.pairs],
        "classes": CLASSES,
        "length": LENGTH,
        "term_charts": {term.name: _term_chart(term) for term in summary.terms},
        "trend_charts": {term.name: _trend_chart(time, term) for term in summary.terms},
    }


def _term_chart(term: TermSummary) -> Markup | None:
    if term.histogram is None or _constant(term):
        return None
    return charts.histogram_chart(
        term.histogram, title=f"Values of {term.name}", axis="value", width=300, height=150
    )


def _trend_chart(time: OverTime | None, term: TermSummary) -> Markup | None:
    if time is None or _constant(term) or all(value is None for value in term.trend):
        return None
    return charts.term_over_time_chart(time, term.trend, title=f"{term.name} over time")


def _constant(term: TermSummary) -> bool:
    """Whether there is nothing to draw: a sentence says it."""
    found = term.values
    return found is not None and found.count > 1 and found.high - found.low <= TOLERANCE
