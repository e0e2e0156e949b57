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

from bench._figure import Bound, Figure, at_most
from bench._measure import run_once
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


def measure() -> list[Figure]:
    """The table's rows."""
    figures = []
    program = str(Path(sys.executable).with_name("nova-rft"))
    with tempfile.TemporaryDirectory() as scratch:
        for name, make in (("pairs", _pairs), ("scores", _scores)):
            file = Path(scratch) / f"{name}.jsonl"
            _write(file, make)
            cost = run_once([program, "calibrate", str(file), "--replay", "--json"])
            figures.append(
                Figure(
                    name,
                    f"calibrate {LABELS:,} {name}, every figure with its interval",
                    cost.wall,
                    "s",
                    peer="scikit-learn's kappa alone" if name == "pairs" else "",
                    theirs=_loop(file) if name == "pairs" else None,
                    bound=at_most(20),
                    note=f"{cost.cpu:.1f} s of processor, {cost.memory:.0f} MB",
                )
            )
    for simulate in (agreeing, ranking):
        figures += _covered(simulate)
    return figures


def smoke() -> Figure:
    """A twentieth of the labels, for the ratio alone."""
    program = str(Path(sys.executable).with_name("nova-rft"))
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "pairs.jsonl"
        _write(file, _pairs, LABELS // 20)
        ours = run_once([program, "calibrate", str(file), "--replay", "--json"]).cpu
        peer = "scikit-learn's kappa alone"
        theirs = _loop(file, cpu=True)
        return Figure("pairs", "calibrate 500 pairs, processor", ours, "s", peer, theirs)


def _loop(file: Path, *, cpu: bool = False) -> float | None:
    if find_spec("sklearn") is None:
        return None
    cost = run_once([sys.executable, "-c", _LOOP, str(file)])
    return cost.cpu if cpu else cost.wall


def _covered(simulate: Simulate) -> Iterator[Figure]:
    for prompts in PROMPTS:
        for name, share in coverage(simulate, prompts=prompts, simulations=SIMULATIONS).items():
            yield Figure(
                f"{name}-{prompts}",
                f"intervals of {name} that hold the truth, {prompts} prompts",
                100 * share,
                "%",
                bound=Bound(93, 97) if prompts >= 200 else None,
            )


def _write(
    file: Path, make: Callable[[random.Random, int], dict[str, Any]], count: int = LABELS
) -> None:
    dice = random.Random(1)  # noqa: S311
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
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
