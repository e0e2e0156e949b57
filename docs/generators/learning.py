"""Pictures of what rewards taught, from what docs/rehearse.py measured: nothing here is by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from generators.charts import drawn

FOLDER: Final = Path(__file__).parents[1] / "images" / "rehearsals"
CURVES: Final = Path(__file__).parents[1] / "rehearsal-curves.jsonl"
_WEIGHTED: Final = "weighted:"
_RIGHT: Final = "share right, held out"


@dataclass(frozen=True, slots=True)
class Shown:
    """One rehearsal that is shown.

    Attributes:
        name: Of the picture.
        flaw: The flawed reward, or empty for the good one.
        steps: Of training.
        mend: Whether penalties were put beside it.
    """

    name: str
    flaw: str
    steps: int
    mend: bool = False


SHOWN: Final = (
    Shown("good", "", 60),
    Shown("length", "length", 40),
    Shown("confidence", "confidence", 40),
    Shown("words-only", "words-only", 40),
    Shown("mended", "length", 80, mend=True),
)


def pictures() -> dict[str, str]:
    """Each picture's SVG by its name: the reward beside the truth, and what each term brought in."""
    measured = read()
    made = {}
    for shown in SHOWN:
        made[shown.name] = _beside(measured[shown.name])
        made[f"{shown.name}-terms"] = _terms(measured[shown.name])
    return made


def read() -> dict[str, list[dict[str, Any]]]:
    """What each rehearsal measured, by its name; the first row is the verdict."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in CURVES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["name"], []).append(row)
    return found


def _beside(rows: Sequence[Mapping[str, Any]]) -> str:
    steps = [row for row in rows if "step" in row]
    reward = [(row["step"], row["figures"]["reward"]) for row in steps if not row["held_out"]]
    right = [(row["step"], row["figures"]["check"]) for row in steps if row["held_out"]]
    layers = [
        _layer(reward, "mean reward", "reward", "#1f77b4"),
        _layer(right, _RIGHT, _RIGHT, "#d62728", domain=(0.0, 1.0)),
    ]
    return drawn({"layer": layers, "resolve": {"scale": {"y": "independent"}}})


def _layer(
    points: Sequence[tuple[int, float]],
    title: str,
    name: str,
    color: str,
    domain: tuple[float, float] | None = None,
) -> dict[str, Any]:
    # Looks at held-out prompts are few: each is a dot.
    dot = 30 if domain else 0
    y: dict[str, Any] = {
        "field": "y",
        "type": "quantitative",
        "axis": {"title": title, "titleColor": color, "grid": False},
    }
    if domain:
        y["scale"] = {"domain": domain}
    return {
        "data": {"values": [{"x": x, "y": value, "what": name} for x, value in points]},
        "mark": {
            "type": "line",
            "strokeWidth": 2,
            "color": color,
            "point": {"color": color, "size": dot},
        },
        "encoding": {"x": {"field": "x", "type": "quantitative", "title": "step"}, "y": y},
    }


def _terms(rows: Sequence[Mapping[str, Any]]) -> str:
    return drawn(
        {
            "data": {"values": list(_brought_in(rows))},
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {
                "x": {"field": "x", "type": "quantitative", "title": "step"},
                "y": {"field": "y", "type": "quantitative", "title": "brought into the reward"},
                "color": {"field": "what", "type": "nominal", "title": "term", "sort": None},
            },
        }
    )


def _brought_in(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if "step" not in row or row["held_out"]:
            continue
        for name, value in row["figures"].items():
            # What holds the reward to account has a weight of 0.
            if name.startswith(_WEIGHTED) and name != f"{_WEIGHTED}truth":
                yield {"x": row["step"], "y": value, "what": name.removeprefix(_WEIGHTED)}
