"""Values with their intervals, one below the other: what the pictures of several pages share."""

from __future__ import annotations

from typing import Any, Final

from nova_rft.report._charts import MARK

_ROW: Final = 26
# Which row a value stands in; rows hold `name`, `value`, `low` and `high`, in their own order.
IN_ROWS: Final[dict[str, Any]] = {
    "field": "name",
    "type": "nominal",
    "title": None,
    "sort": None,
    "axis": {"labelLimit": 190, "ticks": False, "domain": False},
}


def interval_marks(x: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers of a chart that draw each interval and its value.

    Args:
        x: The encoding across, without its field.
    """
    return [
        {
            "mark": {"type": "rule", "color": MARK, "strokeWidth": 3, "opacity": 0.55},
            "encoding": {"y": IN_ROWS, "x": {"field": "low", **x}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "color": MARK, "opacity": 1},
            "encoding": {"y": IN_ROWS, "x": {"field": "value", **x}},
        },
    ]


def height_of(rows: int) -> int:
    """Of a picture with so many rows, in pixels."""
    return 30 + _ROW * rows
