"""Charts to SVG, the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vl_convert


def drawn(chart: Mapping[str, Any]) -> str:
    """A chart of Vega-Lite's as SVG."""
    svg: str = vl_convert.vegalite_to_svg(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "width": 360,
            "height": 180,
            "background": "white",
            **chart,
        },
        vl_version="5.21",
    )
    return svg + "\n"
