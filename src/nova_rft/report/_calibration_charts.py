"""Pictures of a calibration: intervals, confusion, curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from nova_rft.calibrate import Figure
from nova_rft.calibrate.labels import Label
from nova_rft.report._charts import INK, MARK, draw
from nova_rft.report._interval_marks import IN_ROWS, height_of, interval_marks
from nova_rft.report._wording import number
from nova_rft.spec import Curve

_PEOPLE: Final = "#c98a2b"
_UNREADABLE: Final = "unreadable"


def intervals_chart(
    figures: Sequence[tuple[str, Figure, Figure | None]], *, title: str
) -> Markup | None:
    """Values with their intervals, one below the other; beside each what annotators reach."""
    known = [(name, one, beside) for name, one, beside in figures if one.value is not None]
    if not known:
        return None
    rows = [
        {
            "name": name,
            "value": one.value,
            "low": one.value if one.low is None else one.low,
            "high": one.value if one.high is None else one.high,
            "people": None if beside is None else beside.value,
        }
        for name, one, beside in known
    ]
    lowest = min(0.0, *(float(row["low"]) for row in rows))  # type: ignore[arg-type]
    scale = {"domain": [max(lowest, -1.0), 1.0], "nice": True}
    x = {"type": "quantitative", "title": None, "scale": scale}
    chart = {
        "data": {"values": rows},
        "layer": [
            *interval_marks(x),
            {
                "mark": {"type": "tick", "thickness": 3, "size": 16, "color": _PEOPLE},
                "encoding": {"y": IN_ROWS, "x": {"field": "people", **x}},
            },
        ],
    }
    said = "; ".join(f"{name} {number(one.value)}" for name, one, _ in known)
    return draw(chart, title=title, told=f"{said}.", width=440, height=height_of(len(rows)))


def confusion_chart(
    counts: Mapping[tuple[Label, Label | None], int], labels: Sequence[Label], *, title: str
) -> Markup:
    """How often people said the one and the judge the other: darker is oftener within a row."""
    told = [*labels, *([None] if any(judge is None for _, judge in counts) else [])]
    rows = []
    for human in labels:
        of_row = sum(counts.get((human, judge), 0) for judge in told)
        for judge in told:
            count = counts.get((human, judge), 0)
            share = count / of_row if of_row else 0.0
            rows.append(
                {"people": _said(human), "judge": _said(judge), "count": count, "share": share}
            )
    x = {"field": "judge", "type": "nominal", "sort": None, "title": "the judge"}
    y = {"field": "people", "type": "nominal", "sort": None, "title": "people"}
    chart = {
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "rect", "color": MARK},
                "encoding": {
                    "x": {**x, "axis": {"labelAngle": 0, "orient": "top"}},
                    "y": y,
                    "opacity": {
                        "field": "share",
                        "type": "quantitative",
                        "scale": {"domain": [0, 1], "range": [0.04, 0.8]},
                        "legend": None,
                    },
                },
            },
            {
                "mark": {"type": "text", "color": INK, "fontSize": 13},
                "encoding": {
                    "x": {**x, "axis": {"labelAngle": 0, "orient": "top"}},
                    "y": y,
                    "text": {"field": "count", "type": "quantitative", "format": ",d"},
                },
            },
        ],
    }
    right = sum(count for (human, judge), count in counts.items() if human == judge)
    words = f"Of {sum(counts.values()):,} labels the judge said the same on {right:,}."
    return draw(chart, title=title, told=words, width=380, height=90 + 34 * len(labels))


def curve_chart(
    bins: Sequence[tuple[float, float, int]], curve: Curve | None, *, title: str
) -> Markup | None:
    """People's score over the judge's: some of the responses each, and the curve through them."""
    if not bins:
        return None
    points = [{"x": x, "y": y, "count": count} for x, y, count in bins]
    low, high = min(x for x, *_ in bins), max(x for x, *_ in bins)
    low, high = min(low, 0.0), max(high, 1.0)
    steps = [low + (high - low) * step / 60 for step in range(61)]
    lines = [{"x": low, "y": low, "what": "as it is"}, {"x": high, "y": high, "what": "as it is"}]
    if curve is not None:
        lines += [{"x": x, "y": curve(x), "what": "curve"} for x in steps]
    axis = {"type": "quantitative", "scale": {"nice": False, "zero": False}}
    x = {"field": "x", "title": "the judge's score", **axis}
    y = {"field": "y", "title": "people's, as a share", **axis}
    y["scale"] = {"domain": [0, 1], "clamp": True}
    chart = {
        "layer": [
            {
                "data": {"values": lines},
                "mark": {
                    "type": "line",
                    "color": INK,
                    "strokeDash": [4, 4],
                    "opacity": 0.5,
                },
                "transform": [{"filter": "datum.what === 'as it is'"}],
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": lines},
                "mark": {"type": "line", "color": MARK, "strokeWidth": 2},
                "transform": [{"filter": "datum.what === 'curve'"}],
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "color": _PEOPLE, "opacity": 0.9},
                "encoding": {
                    "x": x,
                    "y": y,
                    "size": {
                        "field": "count",
                        "type": "quantitative",
                        "legend": None,
                        "scale": {"range": [30, 160], "zero": False},
                    },
                },
            },
        ],
    }
    said = ", ".join(f"{number(x, 2)}: {number(y, 2)}" for x, y, _ in bins)
    return draw(chart, title=title, told=f"Judge's mean score and people's: {said}.", height=220)


def _said(label: Label | None) -> str:
    if label is None:
        return _UNREADABLE
    return label if isinstance(label, str) else f"{label:g}"
