"""Charts: Vega-Lite specs drawn to SVG when the page is built, so that it needs no script."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import vl_convert
from markupsafe import Markup, escape

from nova_rft.report._figures import Histogram, OverTime
from nova_rft.report._wording import number

# On an axis, at most.
_TICKS: Final = 6
# Reads well on white and on near-black: contrast above 3.5 on both.
MARK: Final = "#3d8bd4"
# The same for a second line; it is dashed too, for eyes that see no difference of hue.
_SECOND: Final = "#c9701d"
# Text and lines take the page's own colour, light or dark.
INK: Final = "currentColor"
_ROOT = re.compile(r'^<svg [^>]*viewBox="([^"]+)"[^>]*>')
_CLIP = re.compile(r"\bclip\d+\b")
_NOISE = re.compile(r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"| opacity="1"')

_CONFIG: Final[dict[str, Any]] = {
    "font": "system-ui, sans-serif",
    "aria": False,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "domainColor": INK,
        "tickColor": INK,
        "gridColor": INK,
        "gridOpacity": 0.14,
        "domainOpacity": 0.5,
        "tickOpacity": 0.5,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelFlush": False,
        "labelOverlap": "greedy",
        "titlePadding": 8,
    },
}


def histogram_chart(
    found: Histogram,
    *,
    title: str,
    axis: str,
    counted: str = "rollouts",
    width: int = 380,
    height: int = 190,
) -> Markup:
    """Bars of counts."""
    bars = [
        {"low": low, "high": high, "count": count}
        for low, high, count in zip(found.edges, found.edges[1:], found.counts, strict=False)
    ]
    ends = [found.edges[0], found.edges[-1]]
    chart = {
        "data": {"values": bars},
        "mark": {"type": "bar", "color": MARK, "binSpacing": 1},
        "encoding": {
            "x": {
                "field": "low",
                "bin": "binned",
                "type": "quantitative",
                "title": axis,
                "scale": {"domain": ends, "nice": False, "zero": False},
                "axis": {"grid": False, "tickCount": 6, "format": ".3~f" if ends[1] < 10 else ",d"},
            },
            "x2": {"field": "high"},
            "y": {
                "field": "count",
                "type": "quantitative",
                "title": counted,
                "axis": {
                    "tickCount": 4,
                    "tickMinStep": 1,
                    "format": ",d",
                    "domain": False,
                    "ticks": False,
                },
            },
        },
    }
    fullest = max(bars, key=lambda bar: bar["count"])
    told = (
        f"Histogram of {sum(found.counts):,} {counted} from {number(ends[0], 2)} to "
        f"{number(ends[1], 2)}. The fullest bar, {number(fullest['low'], 2)} to "
        f"{number(fullest['high'], 2)}, holds {fullest['count']:,}."
    )
    return draw(chart, title=title, told=told, width=width, height=height)


def reward_over_time_chart(found: OverTime, *, title: str) -> Markup:
    """The mean reward from event to event, over a band that holds the middle half."""
    x = _events_axis(found)
    chart = {
        "data": {"values": _points(found)},
        "layer": [
            {
                "mark": {"type": "area", "color": MARK, "opacity": 0.22},
                "encoding": {"x": x, "y": _y("first", "reward"), "y2": {"field": "third"}},
            },
            {
                "mark": {"type": "line", "color": MARK, "strokeWidth": 2, "point": _dot(found)},
                "encoding": {"x": x, "y": _y("mean", "reward")},
            },
        ],
    }
    means = [point.mean for point in found.points if point.mean is not None]
    told = (
        f"Mean reward over {found.events:,} reward events: {number(means[0])} at first, "
        f"{number(means[-1])} at last, between {number(min(means))} and {number(max(means))}."
        if means
        else "No rollout was scored."
    )
    return draw(chart, title=title, told=told)


def length_over_time_chart(found: OverTime, *, title: str, unit: str) -> Markup:
    """The mean length of responses from event to event."""
    chart = {
        "data": {"values": _points(found)},
        "mark": {"type": "line", "color": MARK, "strokeWidth": 2, "point": _dot(found)},
        "encoding": {"x": _events_axis(found), "y": _y("length", unit, zero=True)},
    }
    lengths = [point.length for point in found.points]
    told = (
        f"Mean length over {found.events:,} reward events: {number(lengths[0], 0)} {unit} at "
        f"first, {number(lengths[-1], 0)} at last."
    )
    return draw(chart, title=title, told=told)


def repetition_over_time_chart(found: OverTime, *, title: str) -> Markup:
    """How much of the responses repeats itself, from event to event."""
    chart = {
        "data": {"values": _points(found)},
        "mark": {"type": "line", "color": MARK, "strokeWidth": 2, "point": _dot(found)},
        "encoding": {"x": _events_axis(found), "y": _y("repeated", "share", zero=True)},
    }
    shares = [point.repeated for point in found.points]
    told = (
        f"Mean share that repeats itself over {found.events:,} reward events: {number(shares[0])} at "
        f"first, {number(shares[-1])} at last."
    )
    return draw(chart, title=title, told=told)


def term_over_time_chart(found: OverTime, values: list[float | None], *, title: str) -> Markup:
    """The mean value of one term from event to event."""
    points = [
        {"event": point.event, "value": value}
        for point, value in zip(found.points, values, strict=True)
    ]
    chart = {
        "data": {"values": points},
        "mark": {"type": "line", "color": MARK, "strokeWidth": 2, "point": _dot(found)},
        "encoding": {"x": _events_axis(found), "y": _y("value", "value")},
    }
    known = [value for value in values if value is not None]
    told = f"Mean value: {number(known[0])} at first, {number(known[-1])} at last."
    return draw(chart, title=title, told=told, width=300, height=150)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart over steps.

    Attributes:
        points: Steps and values.
        second: Whether it takes the second colour.
    """

    points: Sequence[tuple[float, float]]
    second: bool = False


def steps_chart(
    curves: Sequence[Curve], ends: tuple[int, int], *, title: str, axis: str, told: str
) -> Markup:
    """One or two lines from training step to training step; ends: the first and the last of all."""
    x = {
        "field": "step",
        "type": "quantitative",
        "title": "step",
        "scale": {"domain": list(ends), "nice": False, "zero": False},
        "axis": _whole(*ends) | {"format": ",d"},
    }
    y = _y("value", axis)
    # Learning rates and norms can be small: digits that count, not places behind the point.
    y["axis"] = {**y["axis"], "format": ",.4~r"}
    layers = [_curve(curve) | {"encoding": {"x": x, "y": y}} for curve in curves]
    return draw({"layer": layers}, title=title, told=told)


def _curve(curve: Curve) -> dict[str, Any]:
    colour = _SECOND if curve.second else MARK
    few = len(curve.points) < (40 if curve.second else 12)
    return {
        "data": {"values": [{"step": step, "value": value} for step, value in curve.points]},
        "mark": {
            "type": "line",
            "color": colour,
            "strokeWidth": 2,
            "point": {"size": 30, "color": colour} if few else False,
            **({"strokeDash": [5, 3]} if curve.second else {}),
        },
    }


def _points(found: OverTime) -> list[dict[str, float | None]]:
    return [
        {
            "event": point.event,
            "mean": point.mean,
            "first": point.quartile_1,
            "third": point.quartile_3,
            "length": point.length,
            "repeated": point.repeated,
        }
        for point in found.points
    ]


def _events_axis(found: OverTime) -> dict[str, Any]:
    return {
        "field": "event",
        "type": "quantitative",
        "title": "reward event, in order of time",
        "scale": {"domain": [1, max(found.events, 2)], "nice": False, "zero": False},
        "axis": _whole(1, max(found.events, 2)) | {"format": "d"},
    }


def _whole(first: int, last: int) -> dict[str, Any]:
    """An axis of whole numbers: where few ticks fit between them the library would write one twice."""
    few = last - first < _TICKS
    ticks = {"values": list(range(first, last + 1))} if few else {"tickCount": _TICKS}
    return {"grid": False, **ticks}


def _y(field: str, title: str, *, zero: bool = False) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"zero": zero},
        "axis": {"tickCount": 5, "domain": False, "ticks": False, "format": ",.3~f"},
    }


def _dot(found: OverTime) -> bool | dict[str, Any]:
    # A line needs two points; a lone event would be invisible without its dot.
    return {"size": 40, "color": MARK} if len(found.points) < 12 else False


def _own_clips(drawn: str) -> str:
    """Clips named after the picture: a counter's names differ from run to run, and two may meet."""
    stem = hashlib.sha256(_CLIP.sub("", drawn).encode()).hexdigest()[:8]
    names: dict[str, str] = {}
    return _CLIP.sub(lambda one: names.setdefault(one[0], f"clip-{stem}-{len(names)}"), drawn)


def draw(
    chart: dict[str, Any], *, title: str, told: str, width: int = 380, height: int = 190
) -> Markup:
    """The chart as SVG that scales with the page and can be read aloud."""
    drawn = vl_convert.vegalite_to_svg(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "width": width,
            "height": height,
            "autosize": {"type": "fit", "contains": "padding"},
            "padding": 4,
            "config": _CONFIG,
            **chart,
        },
        vl_version="5.21",
    )
    found = _ROOT.match(drawn)
    if found is None:
        raise AssertionError("the SVG does not begin as it should")
    inner = _own_clips(_NOISE.sub("", drawn[found.end() :]))
    label = f"{title}. {told}"
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{found[1]}" width="{width}" '
        f'role="img" aria-label="{escape(label)}"><title>{escape(title)}</title>'
        f"<desc>{escape(told)}</desc>"
    )
    return Markup(root + inner)  # noqa: S704 - drawn here, and what came from rows is escaped
