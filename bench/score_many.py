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

from bench._figure import Figure, at_least, at_most, ratio_at_most
from bench._measure import in_turn, median

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


def measure() -> list[Figure]:
    """The table's rows."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = _folder(Path(scratch), ROLLOUTS)
        _write(folder / "tenth.jsonl", ROLLOUTS // 10)
        commands = {
            **_both(folder),
            "one process": [*_score(folder, "all.jsonl"), "--workers", "1"],
            "tenth": _score(folder, "tenth.jsonl"),
        }
        costs = {name: median(found) for name, found in in_turn(commands, RUNS, {}).items()}
    ours, loop, alone = costs["ours"], costs["loop"], costs["one process"]
    peer, many = "a plain loop, one process", f"score {ROLLOUTS:,} rollouts"
    grown, cores = ours.memory / costs["tenth"].memory, ours.cpu / ours.wall
    rate = f"{ROLLOUTS / ours.wall:,.0f} rollouts/s"
    tenth = "memory for ten times the rollouts"
    return [
        Figure("score", many, ours.wall, "s", peer, loop.wall, ratio_at_most(1.2), rate),
        Figure("alone", f"{many}, --workers 1", alone.wall, "s", peer, loop.wall),
        Figure("memory", f"{many}, memory", ours.memory, "MB", peer, loop.memory),
        Figure("grown", tenth, grown, "times", bound=at_most(1.2)),
        Figure("cores", "processors in use, of 2", cores, bound=at_least(1.5)),
    ]


def smoke() -> Figure:
    """A tenth of the rollouts, one process each, by the processor's time."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = _folder(Path(scratch), ROLLOUTS // 10)
        both = _both(folder)
        both["ours"] += ["--workers", "1"]
        costs = {name: median(found).cpu for name, found in in_turn(both, 1, {}).items()}
    what, peer = "score 10,000 rollouts, processor", "a plain loop, one process"
    return Figure("score", what, costs["ours"], "s", peer, costs["loop"])


def _folder(folder: Path, rollouts: int) -> Path:
    (folder / "nova-rft.yaml").write_text(_SPEC)
    (folder / "loop.py").write_text(_LOOP)
    _write(folder / "all.jsonl", rollouts)
    return folder


def _both(folder: Path) -> dict[str, list[str]]:
    loop = [sys.executable, str(folder / "loop.py"), str(folder / "all.jsonl")]
    return {"ours": _score(folder, "all.jsonl"), "loop": loop}


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
