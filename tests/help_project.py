"""Projects in which every example of the command line's help can run."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nova_rft.init import write_template
from tests.support import EXAMPLE

_STAGES: dict[str, Any] = {
    "stages": {
        "dev": {
            "removal": "destroy",
            # What is replayed learns nothing.
            "pipeline": {"look_every_s": 2, "least_gain": -1.0},
        },
        "test": {"removal": "destroy"},
    }
}
_EVALUATION = """
evaluation:
  records: data/validation.jsonl
  judge: {provider: bedrock, id: us.amazon.nova-premier-v1:0}
"""
_TAUGHT = """
project: taught
model: amazon.nova-2-lite-v1:0:256k
data: {train: data/train.jsonl}
reward:
  range: [0, 1]
  terms: [{name: short, type: length_window, max_length: 900, unit: words}]
distillation: {teacher: {provider: scripted}, samples: 2}
"""


def write_projects(home: Path, *, pipeline: bool) -> None:
    """Writes them, each into a folder of its name.

    Args:
        home: Where to.
        pipeline: Whether the stage has one.
    """
    mine = home / "mine"
    _project(mine, pipeline=pipeline)
    _beside(mine)
    # The same project with other jobs; `long` has one that cannot end while it is looked at.
    for name, old, new in (
        ("other", "learning_rate: 4.1e-5", "learning_rate: 4.2e-5"),
        ("long", "epochs: 1\n", "epochs: 50\n"),
        ("labelled", "", ""),
    ):
        shutil.copytree(mine, home / name)
        spec = home / name / "nova-rft.yaml"
        spec.write_text(spec.read_text().replace(old, new))
    (home / "labelled" / "labels.jsonl").unlink()
    # Not what the embedded model would say, of which no two differ.
    (home / "other" / "preview").mkdir()
    shutil.copyfile(home / "mine/data/rollouts.jsonl", home / "other/preview/rollouts.jsonl")
    (home / "split").mkdir()
    shutil.copyfile(mine / "all.jsonl", home / "split" / "all.jsonl")
    quiz = write_template("summaries-quiz", home / "quiz", "quiz").folder
    _write(quiz / "data" / "train.jsonl", _some(quiz / "data" / "train.jsonl", 3))
    taught = home / "taught"
    (taught / "data").mkdir(parents=True)
    _write(taught / "data" / "train.jsonl", _some(mine / "data" / "train.jsonl", 6))
    (taught / "nova-rft.yaml").write_text(_TAUGHT)
    write_template("maths", home / "maths", "maths")
    (home / "apart").mkdir()


def _project(folder: Path, *, pipeline: bool) -> None:
    (folder / "data").mkdir(parents=True)
    for name, count in (("train", 100), ("validation", 8)):
        records = _some(EXAMPLE / "data" / f"{name}.jsonl", count)
        _write(folder / "data" / f"{name}.jsonl", records)
    with gzip.open(EXAMPLE / "data" / "rollouts.jsonl.gz", "rt") as stream:
        rollouts = [json.loads(line) for line, _ in zip(stream, range(128), strict=False)]
    _write(folder / "data" / "rollouts.jsonl", rollouts)
    spec = (EXAMPLE / "nova-rft.yaml").read_text().replace("5e-5", "4.1e-5") + _EVALUATION
    # A validation set of a training has bounds; here it is held out.
    spec = spec.replace("  validation: data/validation.jsonl\n", "")
    (folder / "nova-rft.yaml").write_text(spec)
    if pipeline:
        (folder / "stages.yaml").write_text(json.dumps(_STAGES))


def _beside(folder: Path) -> None:
    """Files that examples name."""
    turns = [{"role": role, "content": [{"text": "Hello"}]} for role in ("user", "assistant")]
    sft = {"schemaVersion": "bedrock-conversation-2024", "messages": turns}
    _write(folder / "train.jsonl", [sft | {"system": [{"text": str(n)}]} for n in range(200)])
    asked = [{"messages": [{"role": "user", "content": f"{n}?"}]} for n in range(50)]
    _write(folder / "all.jsonl", [one | {"patient_id": n % 9} for n, one in enumerate(asked)])
    with (folder / "faq.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["question", "answer"], ["1+1?", "2"], ["2+2?", "4"]])
    _write(folder / "labels.jsonl", map(_label, range(60)))
    law = " ".join(f"The tenant may end lease {n} when repairs were refused." for n in range(30))
    _write(folder / "law.jsonl", [{"text": law}])
    (folder / "law.yaml").write_text(
        "sources: [{name: law, files: law.jsonl}]\nnear_duplicates: null\n"
    )


def _label(n: int) -> dict[str, Any]:
    """What a person said and what a judge said, who err apart."""
    task = f"Say what the kettle number {n} costs, and whether the umbrella is blue."
    good = n % 2 == 0
    text = f"The answer: {task}" if good else "No idea at all."
    human, judge = ("yes" if good != (n % wrong == 0) else "no" for wrong in (7, 11))
    return {"prompt": task, "response": text, "human": human, "judge": judge}


def _some(file: Path, count: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()[:count]]


def _write(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
