"""Calibrating on 10,000 labels with 1,000 resamples, and how often the intervals hold the truth.

Pairs have three annotators and verdicts in both orders; scores are numbers without ties, two readings
each, four responses to a prompt. Beside them a plain loop over scikit-learn's kappa alone, where it is
installed. Coverage is of 1,000 simulations for each number of prompts (`tests/simulated.py`).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench._measure import Row, run_once
from tests.simulated import Simulate, agreeing, coverage, ranking

LABELS = 10_000
SIMULATIONS = 1_000
PROMPTS = (50, 100, 200, 400)
_WORDS = ["alpha", "bridge", "contract", "delta", "energy", "forest", "garden", "harbor"]
_LOOP = """
import json, sys
import numpy as np
from sklearn.metrics import cohen_kappa_score
rows = [json.loads(line) for line in open(sys.argv[1])]
one = np.array([row["human"][0] for row in rows])
other = np.array([row["judge"]["first_a"] or "none" for row in rows])
dice = np.random.default_rng(0)
for _ in range(1000):
    drawn = dice.integers(0, len(rows), len(rows))
    cohen_kappa_score(one[drawn], other[drawn])
"""


def measure() -> list[Row]:
    """The table's rows."""
    rows = []
    program = str(Path(sys.executable).with_name("nova-rft"))
    with tempfile.TemporaryDirectory() as scratch:
        for name, make in (("pairs", _pairs), ("scores", _scores)):
            file = Path(scratch) / f"{name}.jsonl"
            _write(file, make)
            cost = run_once([program, "calibrate", str(file), "--replay", "--json"])
            figure = f"{cost.wall:.1f} s, {cost.cpu:.1f} s CPU, {cost.memory:.0f} MB"
            rows.append(Row(f"calibrate {LABELS:,} {name}", figure, "under 20 s", cost.wall < 20))
        if find_spec("sklearn") is not None:
            loop = run_once([sys.executable, "-c", _LOOP, str(Path(scratch) / "pairs.jsonl")])
            rows.append(Row("  scikit-learn's kappa alone", f"{loop.wall:.1f} s", "", True))
    for simulate in (agreeing, ranking):
        rows += _covered(simulate)
    return rows


def _covered(simulate: Simulate) -> Iterator[Row]:
    for prompts in PROMPTS:
        for name, share in coverage(simulate, prompts=prompts, simulations=SIMULATIONS).items():
            bound = "93 to 97 %" if prompts >= 200 else ""
            kept = prompts < 200 or 0.93 <= share <= 0.97
            yield Row(f"interval of {name}, {prompts} prompts", f"{100 * share:.1f} %", bound, kept)


def _write(file: Path, make: Callable[[random.Random, int], dict[str, Any]]) -> None:
    dice = random.Random(1)  # noqa: S311
    with file.open("w", encoding="utf-8") as out:
        for number in range(LABELS):
            out.write(json.dumps(make(dice, number)) + "\n")


def _text(dice: random.Random) -> str:
    return " ".join(dice.choices(_WORDS, k=dice.randint(20, 200)))


def _pairs(dice: random.Random, number: int) -> dict[str, Any]:
    better = dice.choice("ab")

    def said(right: float, others: list[str | None]) -> str | None:
        return better if dice.random() < right else dice.choice(others)

    judge = {f"first_{slot}": said(0.8, ["a", "b", "tie", None]) for slot in "ab"}
    return {
        "prompt": f"{number} {_text(dice)}",
        "response_a": _text(dice),
        "response_b": _text(dice),
        "human": [said(0.85, ["a", "b", "tie"]) for _ in range(3)],
        "judge": {"model": "m", **judge},
    }


def _scores(dice: random.Random, number: int) -> dict[str, Any]:
    worth = dice.gauss(0, 1)
    return {
        "prompt": f"prompt {number // 4}",
        "response": _text(dice),
        "human": worth + dice.gauss(0, 0.5),
        "judge": [worth + dice.gauss(0, 1) for _ in range(2)],
    }
