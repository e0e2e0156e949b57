"""100,000 rollouts through `nova-rft score` with verifiers and penalties alone, beside a plain loop.

The plain loop does the same three checks in the manner of AWS's GSM8K sample Lambda: a regular
expression for the answer, a comparison of numbers, a length and a repetition penalty, one rollout after
the other in one process, everything read into memory first. Both read the same file and write their
answers as JSON.
"""

from __future__ import annotations

import gzip
import itertools
import json
import sys
import tempfile
from pathlib import Path

from bench._measure import Row, in_turn, median

ROOT = Path(__file__).parents[1]
ROLLOUTS = 100_000
RUNS = 3

_SPEC = """
project: many
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
reward:
  range: [-0.5, 1]
  terms:
    - {name: math, type: math}
    - {name: long, type: soft_overlong, weight: 0.25, max_length: 250, buffer: 50}
    - {name: repeated, type: repetition, weight: 0.25}
"""
_LOOP = r"""
import json, re, sys
def answer(text):
    found = re.findall(r"A:\s*(-?[\d,.]+)|####\s*(-?[\d,.]+)|\\boxed\{(-?[\d,.]+)\}", text)
    numbers = [part for groups in found for part in groups if part] or re.findall(r"-?\d[\d,.]*", text)
    try:
        return float(numbers[-1].replace(",", "").rstrip("."))
    except (IndexError, ValueError):
        return None
def repeated(tokens, n):
    grams = [tuple(tokens[i:i + n]) for i in range(len(tokens) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
items = [json.loads(line) for line in open(sys.argv[1])]
answers = []
for item in items:
    text = item["messages"][-1]["content"]
    right = float(answer(text) is not None and answer(text) == answer(item["reference_answer"]))
    words = text.lower().split()
    long = -min(max(len(words) - 200, 0) / 50, 1.0)
    share = max(repeated(words, 4), repeated(" ".join(words), 24))
    again = -max((share - 0.1) / 0.9, 0.0)
    reward = min(max(right + 0.25 * long + 0.25 * again, -0.5), 1.0)
    metrics = [("math", right), ("long", long), ("repeated", again)]
    answers.append({"id": item["id"], "aggregate_reward_score": reward, "metrics_list": [
        {"name": name, "value": value, "type": "Metric"} for name, value in metrics]})
print(json.dumps(answers))
"""


def measure() -> list[Row]:
    """The table's rows."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "nova-rft.yaml").write_text(_SPEC)
        (folder / "loop.py").write_text(_LOOP)
        _write(folder / "all.jsonl", ROLLOUTS)
        _write(folder / "tenth.jsonl", ROLLOUTS // 10)
        commands = {
            "ours": _score(folder, "all.jsonl"),
            "one process": [*_score(folder, "all.jsonl"), "--workers", "1"],
            "tenth": _score(folder, "tenth.jsonl"),
            "loop": [sys.executable, str(folder / "loop.py"), str(folder / "all.jsonl")],
        }
        costs = {name: median(found) for name, found in in_turn(commands, RUNS, {}).items()}
    ours, loop = costs["ours"], costs["loop"]
    ratio = ours.wall / loop.wall
    cores = ours.cpu / ours.wall
    memory = ours.memory / costs["tenth"].memory
    return [
        Row("a plain loop, one process", _figure(loop), "", True),
        Row(
            "nova-rft score",
            f"{_figure(ours)}, {ratio:.2f} times",
            "at most 1.2 times",
            ratio <= 1.2,
        ),
        Row("nova-rft score --workers 1", _figure(costs["one process"]), "", True),
        Row("processors in use", f"{cores:.2f}", "at least 1.5 of 2", cores >= 1.5),
        Row(
            "memory, beside a tenth of it",
            f"{memory:.2f} times",
            "at most 1.2 times",
            memory <= 1.2,
        ),
    ]


def _figure(cost: object) -> str:
    wall, memory = getattr(cost, "wall", 0.0), getattr(cost, "memory", 0.0)
    return f"{ROLLOUTS / wall:,.0f} rollouts/s, {memory:.0f} MB"


def _score(folder: Path, file: str) -> list[str]:
    program = str(Path(sys.executable).with_name("nova-rft"))
    return [program, "score", str(folder / file), "--spec", str(folder / "nova-rft.yaml"), "--json"]


def _write(file: Path, count: int) -> None:
    """The example's rollouts again and again, each with an id of its own."""
    source = ROOT / "examples" / "gsm8k-math" / "data" / "rollouts.jsonl.gz"
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    with file.open("w", encoding="utf-8") as out:
        for number, item in zip(range(count), itertools.cycle(items), strict=False):
            again = number // len(items)
            more = {"id": f"{number}", "group": f"{item['group']}-{again}"}
            out.write(json.dumps({**item, **more}) + "\n")
