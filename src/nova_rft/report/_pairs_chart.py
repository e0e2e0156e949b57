"""The picture of two terms beside each other, coloured by advantage."""

from __future__ import annotations

from typing import Any, Final

from markupsafe import Markup

from nova_rft.report._charts import draw
from nova_rft.report._pairs import Pair, Spot
from nova_rft.report._wording import number

# The classes of a mean advantage, from well below the siblings to well above. The colours are the
# page's own, light or dark; the ends are orange and blue, which all eyes tell apart.
CLASSES: Final = (
    ("below siblings", "under \u22120.75", "var(--adv-1)"),
    ("a little below", "\u22120.75 to \u22120.15", "var(--adv-2)"),
    ("like siblings", "\u22120.15 to 0.15", "var(--adv-3)"),
    ("a little above", "0.15 to 0.75", "var(--adv-4)"),
    ("above siblings", "over 0.75", "var(--adv-5)"),
)
_EDGES: Final = (-0.75, -0.15, 0.15, 0.75)
_TOLD: Final = 5


def pair_chart(pair: Pair, *, width: int = 440, height: int = 300) -> Markup:
    """A circle for each place where rollouts lie: its area their number, its colour their advantage."""
    rows = [
        {"x": spot.x, "y": spot.y, "rollouts": spot.rollouts, "class": _class(spot.advantage)}
        for spot in pair.spots
    ]
    names = [name for name, _, _ in CLASSES]
    chart: dict[str, Any] = {
        "data": {"values": rows},
        "mark": {"type": "circle", "opacity": 0.9, "stroke": "var(--ground)", "strokeWidth": 1},
        "encoding": {
            "x": _axis("x", pair.x_axis),
            "y": _axis("y", pair.y_axis),
            "size": {
                "field": "rollouts",
                "type": "quantitative",
                "scale": {"type": "linear", "domainMin": 0, "range": [0, 700]},
                "legend": None,
            },
            "color": {
                "field": "class",
                "type": "nominal",
                "scale": {"domain": names, "range": [colour for _, _, colour in CLASSES]},
                "legend": None,
            },
        },
    }
    title = f"{pair.x} against {pair.y}"
    return draw(chart, title=title, told=_told(pair), width=width, height=height)


def _axis(field: str, title: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False, "padding": 22, "nice": False},
        "axis": {"tickCount": 5, "format": ",.3~f"},
    }


def _class(advantage: float) -> str:
    return CLASSES[sum(advantage > edge for edge in _EDGES)][0]


def _told(pair: Pair) -> str:
    spots = pair.spots[:_TOLD]
    rollouts = sum(spot.rollouts for spot in pair.spots)
    held = "; ".join(_place(pair, spot) for spot in spots)
    more = f", and {len(pair.spots) - len(spots)} more places" if len(pair.spots) > _TOLD else ""
    related = (
        "inside groups they do not both vary"
        if pair.correlation is None
        else f"inside groups they correlate by {number(pair.correlation, 2)}"
    )
    return f"{rollouts:,} rollouts; {related}. {held}{more}."


def _place(pair: Pair, spot: Spot) -> str:
    return (
        f"at {pair.x} {number(spot.x, 2)} and {pair.y} {number(spot.y, 2)} {spot.rollouts:,}, mean "
        f"advantage {number(spot.advantage, 2)}"
    )
