"""Rehearsals that are run once and looked at by several tests; warmed-up weights are shared."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nova_rft.project import Project
from nova_rft.rehearse import Outcome, Settings
from nova_rft.rehearse.tasks import write_task

Run = Callable[..., Outcome]
# Where the matrix's figures are written, one a line, when it is run whole.
FIGURES = "REHEARSAL_FIGURES"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder for all."""
    return tmp_path_factory.mktemp("rehearsals")


@pytest.fixture(scope="session")
def rehearsed(home: Path) -> Run:
    """Rehearses a built-in task, once for all who ask."""
    known: dict[tuple[Any, ...], Outcome] = {}

    def run(task: str, flaw: str = "", seed: int = 0, *, mend: bool = False, steps: int) -> Outcome:
        key = (task, flaw, seed, mend, steps)
        if key not in known:
            name = "-".join(str(part) for part in key)
            project = Project.load(write_task(home / name, task, flaw, seed=seed, mend=mend))
            before = os.environ.get("NOVA_RFT_HOME")
            os.environ["NOVA_RFT_HOME"] = str(home)
            try:
                known[key] = project.rehearse(Settings(seed=seed, steps=steps))
            finally:
                os.environ.pop("NOVA_RFT_HOME")
                if before is not None:
                    os.environ["NOVA_RFT_HOME"] = before
            _tell(key, known[key])
        return known[key]

    return run


def accuracy(outcome: Outcome) -> tuple[float, float]:
    """Share of held-out prompts that were answered rightly, at first and at last."""
    return outcome.looks[0].figures["check"], outcome.looks[-1].figures["check"]


def _tell(key: tuple[Any, ...], outcome: Outcome) -> None:
    task, flaw, seed, mend, _ = key
    first, last = accuracy(outcome)
    row = {
        "task": task,
        "flaw": flaw,
        "mended": mend,
        "seed": seed,
        "verdict": outcome.verdict.name,
        "term": outcome.verdict.term,
        "since": outcome.verdict.since,
        "accuracy_first": round(first, 3),
        "accuracy_last": round(last, 3),
        "steps": len(outcome.trained),
        "seconds": round(outcome.seconds, 1),
        "processor_seconds": round(outcome.processor_seconds, 1),
        "warm_seconds": round(outcome.policy.warm_seconds, 1),
        "forecast_alarm": outcome.foresight.alarm,
        "forecast_term": outcome.foresight.term,
        "forecast_aligned": outcome.foresight.aligned,
    }
    print(json.dumps(row))
    if os.environ.get(FIGURES):
        with Path(os.environ[FIGURES]).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
