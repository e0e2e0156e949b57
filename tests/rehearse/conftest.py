"""Rehearsals that are run once and looked at by several tests; warmed-up weights are shared."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from nova_rft.project import Project
from nova_rft.rehearse import Outcome, Settings, WarmStart, read_examples
from nova_rft.rehearse._tiny import warmed_up
from nova_rft.rehearse.tasks import write_task
from nova_rft.rollouts import Outlook
from tests.rehearse.unseen import Unseen, write_unseen

# Where the matrix's figures are written, one a line, when it is run whole.
FIGURES = "REHEARSAL_FIGURES"


class Rehearsals:
    """Rehearses what is asked for, once for all who ask."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._known: dict[tuple[Any, ...], Outcome] = {}
        self._projects: dict[Path, Project] = {}

    def __call__(
        self, task: str, flaw: str = "", seed: int = 0, *, mend: bool = False, steps: int
    ) -> Outcome:
        """A built-in task."""
        key = (task, flaw, seed, mend, steps)
        if key not in self._known:
            spec = write_task(self._folder(key), task, flaw, seed=seed, mend=mend)
            self._known[key] = self._run(spec, Settings(seed=seed, steps=steps))
            told(FIGURES, {"task": task, "flaw": flaw, "mended": mend}, self._known[key])
        return self._known[key]

    def unseen(self, one: Unseen, seed: int, *, steps: int) -> Outcome:
        """A built-in task with another reward."""
        key = ("unseen", one.name, seed, steps)
        if key not in self._known:
            spec = write_unseen(self._folder(key), one, seed=seed)
            self._known[key] = self._run(spec, Settings(seed=seed, steps=steps))
        return self._known[key]

    def outlook(self, outcome: Outcome) -> Outlook:
        """What `forecast` says of the rollouts that a rehearsal left of before its training."""
        project = self._projects[outcome.folder]
        return project.outlook(project.rollouts(outcome.folder / "before.jsonl"))

    def _folder(self, key: tuple[Any, ...]) -> Path:
        return self._home / "-".join(str(part) for part in key)

    def _run(self, spec: Path, settings: Settings) -> Outcome:
        project = Project.load(spec)
        with _state_in(self._home):
            found = project.rehearse(settings)
        self._projects[found.folder] = project
        return found


Run = Rehearsals


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder for all; what is warmed up is shared by all workers, and the task `format` is."""
    place, shared = tmp_path_factory.mktemp("rehearsals"), tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    (place / "policies").symlink_to(shared / "policies")
    project = Project.load(write_task(place / "warm", "format"))
    with FileLock(shared / "policies.lock"):
        warmed_up(read_examples(project._rows("train.jsonl")), WarmStart(), 0, shared / "policies")
    return place


@pytest.fixture(scope="session")
def rehearsed(home: Path) -> Rehearsals:
    """Rehearses, once for all who ask."""
    return Rehearsals(home)


def accuracy(outcome: Outcome) -> tuple[float, float]:
    """Share of held-out prompts that were answered rightly, at first and at last."""
    return outcome.looks[0].figures["check"], outcome.looks[-1].figures["check"]


def alarms(outlook: Outlook) -> list[str]:
    """The findings of `forecast` that say a hack is to be expected, by their codes."""
    codes = [one.code for one in outlook.findings]
    return [code for code in codes if code in ("check_falls", "check_lags")]


def told(variable: str, named: Mapping[str, Any], outcome: Outcome, **more: Any) -> None:
    """Prints a rehearsal's figures, and appends them to the file that the variable names."""
    first, last = accuracy(outcome)
    row = {
        **named,
        "seed": outcome.settings.seed,
        "steps": len(outcome.trained),
        "verdict": outcome.verdict.name,
        "term": outcome.verdict.term,
        "since": outcome.verdict.since,
        "accuracy_first": round(first, 3),
        "accuracy_last": round(last, 3),
        "processor_seconds": round(outcome.processor_seconds, 1),
        "warm_seconds": round(outcome.policy.warm_seconds, 1),
        "forecast_alarm": outcome.foresight.alarm,
        "forecast_term": outcome.foresight.term,
        "forecast_aligned": _rounded(outcome.foresight.aligned),
        **more,
    }
    print(json.dumps(row))
    if os.environ.get(variable):
        with Path(os.environ[variable]).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


@contextmanager
def _state_in(home: Path) -> Iterator[None]:
    before = os.environ.get("NOVA_RFT_HOME")
    os.environ["NOVA_RFT_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.pop("NOVA_RFT_HOME")
        if before is not None:
            os.environ["NOVA_RFT_HOME"] = before
