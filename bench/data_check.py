"""Checking 50,000 records, beside `json.loads` over the same lines; memory, and what one more takes.

Records have prompts of 150 words. Processor time is this process's own; memory is the peak of a process
that does nothing else, at 50,000 and at 500,000 records. aws/nova-forge-sdk needs Python 3.12 and
968 MB: where `.venv-forge` has it (`make bench-peers`), or a Python that NOVA_RFT_FORGE names, its
validators read the same lines in the same run, beside json.loads in their own interpreter.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench._figure import Figure, at_most, ratio_at_most
from nova_rft.data import Asked, check_records_of, file_source

ROOT = Path(__file__).parents[1]
RECORDS, MORE = 50_000, 500_000
_RUNS = 5
_WORDS = ("alpha", "bridge", "contract", "delta", "energy", "forest", "garden", "harbor")
_FORGE = """
import json, logging, os, sys, time
os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")
from amzn_nova_forge.core.enums import Model
from amzn_nova_forge.dataset.dataset_validator.rft_dataset_validator import RFTDatasetValidator
from amzn_nova_forge.dataset.dataset_validator.sft_dataset_validator import SFTDatasetValidator
logging.disable(logging.CRITICAL)
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)
started = time.process_time()
for line in lines:
    json.loads(line)
plain = time.process_time() - started
made = RFTDatasetValidator(Model.NOVA_LITE_2) if sys.argv[2] == "rft" else SFTDatasetValidator()
started = time.process_time()
made.validate((json.loads(line) for line in lines), Model.NOVA_LITE_2, region="us-east-1")
print((time.process_time() - started) / plain, file=sys.stderr)
"""
_CHECK = """
import sys
from nova_rft.data import Asked, check_records_of, file_source
found = check_records_of(file_source(sys.argv[1]), "r", Asked(sys.argv[2], training=False))
assert not found.findings, found.findings[:3]
# Not getrusage, whose peak begins with that of the process which started this one.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def measure() -> list[Figure]:
    """The table's rows."""
    figures = []
    with tempfile.TemporaryDirectory() as scratch:
        for technique, make in _KINDS.items():
            file = Path(scratch) / f"{technique}.jsonl"
            _write(file, make, RECORDS)
            figures.append(_beside_json(file, technique, RECORDS, _RUNS))
            figures.append(_forge(file, technique, figures[-1].ratio or 0.0))
            few = _memory(file, technique)
            _write(file, make, MORE)
            each = (_memory(file, technique) - few) * 1024 * 1024 / (MORE - RECORDS)
            what = f"memory to check {RECORDS:,} {technique} records"
            figures.append(Figure(f"{technique}-memory", what, few, "MB", bound=at_most(100)))
            what = f"memory for each further {technique} record"
            figures.append(Figure(f"{technique}-each", what, each, "bytes", bound=at_most(64)))
    return figures


def smoke() -> Figure:
    """A tenth of the records, beside json.loads alone."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "rft.jsonl"
        _write(file, _rft, RECORDS // 10)
        return _beside_json(file, "rft", RECORDS // 10, _RUNS)


def _beside_json(file: Path, technique: str, records: int, runs: int) -> Figure:
    took = [_took(file, technique) for _ in range(runs)]
    ours, plain = min(took, key=lambda one: abs(one[0] / one[1] - _middle(took)))
    return Figure(
        technique,
        f"check {records:,} {technique} records, processor",
        ours,
        "s",
        peer="json.loads alone",
        theirs=plain,
        bound=ratio_at_most(1.5),
    )


def _middle(took: list[tuple[float, float]]) -> float:
    """The median of the ratios; ours and theirs are of the run that has it."""
    return statistics.median(ours / plain for ours, plain in took)


def _forge(file: Path, technique: str, ours: float) -> Figure:
    """The peer's figure, where it is installed; each in times of json.loads in its own interpreter."""
    python = os.environ.get("NOVA_RFT_FORGE")
    place = Path(python) if python else ROOT / ".venv-forge" / "bin" / "python"
    theirs = None
    if place.exists():
        command = [str(place), "-c", _FORGE, str(file), technique]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        theirs = float(done.stderr.split()[-1])
    what = f"the same {technique} records, in times of json.loads"
    peer = "aws/nova-forge-sdk"
    return Figure(f"{technique}-forge", what, ours, "times", peer=peer, theirs=theirs)


def _took(file: Path, technique: str) -> tuple[float, float]:
    """Processor time of checking and of json.loads, over the same lines."""
    lines = file.read_bytes().splitlines(keepends=True)
    started = time.process_time()
    for line in lines:
        json.loads(line)
    plain = time.process_time() - started
    del lines
    started = time.process_time()
    asked = Asked(technique, training=False)  # type: ignore[arg-type]
    check_records_of(file_source(file), "r", asked)
    return time.process_time() - started, plain


def _memory(file: Path, technique: str) -> float:
    """Peak in megabytes."""
    command = [sys.executable, "-c", _CHECK, str(file), technique]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def _write(file: Path, make: Callable[[random.Random, int], dict[str, Any]], count: int) -> None:
    dice = random.Random(1)  # noqa: S311
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
            out.write(json.dumps(make(dice, number)) + "\n")


def _words(dice: random.Random, count: int) -> str:
    return " ".join(f"{word}{dice.randrange(1000)}" for word in dice.choices(_WORDS, k=count))


def _rft(dice: random.Random, number: int) -> dict[str, Any]:
    asked = [{"role": "user", "content": _words(dice, 150)}]
    return {"id": f"r{number}", "messages": asked, "reference_answer": _words(dice, 5)}


def _sft(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{"text": "Answer briefly."}],
        "messages": [
            {"role": "user", "content": [{"text": _words(dice, 150)}]},
            {"role": "assistant", "content": [{"text": _words(dice, 40)}]},
        ],
    }


_KINDS: dict[str, Callable[[random.Random, int], dict[str, Any]]] = {"rft": _rft, "sft": _sft}
