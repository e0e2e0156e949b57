"""The picture of gains with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from nova_rft.report._charts import INK, draw
from nova_rft.report._compared import Compared
from nova_rft.report._interval_marks import height_of, interval_marks


@dataclass(frozen=True, slots=True)
class Bar:
    """One gain with its interval."""

    name: str
    value: float
    low: float
    high: float


def gains_chart(found: Compared) -> Markup | None:
    """The gain of each measure, the one whose verdict counts first; None where none is known."""
    bars = [
        Bar(
            one.measure,
            one.gain,
            one.gain if one.low is None else one.low,
            one.gain if one.high is None else one.high,
        )
        for one in (found.primary, *found.others)
        if one.gain is not None
    ]
    return bars_chart(bars, title=f"Gains of {found.model}") if bars else None


def bars_chart(bars: Sequence[Bar], *, title: str) -> Markup:
    """Values with their intervals, one below the other, on both sides of none."""
    rows = [
        {"name": one.name, "value": one.value, "low": one.low, "high": one.high} for one in bars
    ]
    far = max(0.05, *(abs(end) for one in bars for end in (one.low, one.high)))
    scale = {"domain": [-far, far], "nice": True}
    x = {"type": "quantitative", "title": None, "scale": scale, "axis": {"tickCount": 6}}
    chart = {
        "data": {"values": rows},
        "layer": [
            *interval_marks(x),
            {
                "data": {"values": [{"none": 0.0}]},
                "mark": {"type": "rule", "color": INK, "strokeDash": [3, 3]},
                "encoding": {"x": {"field": "none", **x}},
            },
        ],
    }
    told = "; ".join(f"{one.name} {one.value:+.3g}" for one in bars)
    return draw(chart, title=title, told=f"{told}.", width=480, height=height_of(len(rows)))
