"""A run's folder: what was asked, what was measured, what was said, and the checkpoint to go on from."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nova_rft.errors import UsageError
from nova_rft.files import write_whole
from nova_rft.rehearse._measure import Step


@dataclass(frozen=True, slots=True)
class Sample:
    """One response, to be read.

    Attributes:
        step: How many steps the policy had taken.
        prompt: The last turn of the prompt.
        response: What it said.
        reward: What that earned.
        check: Mean of the checks; None where none could be told.
    """

    step: int
    prompt: str
    response: str
    reward: float
    check: float | None


class RunFolder:
    """The files of one rehearsal."""

    def __init__(self, place: Path) -> None:
        """Takes the folder, which is made when it is first written to."""
        self.place = place
        self.checkpoints = place / "checkpoints"
        self._steps = place / "steps.jsonl"
        self._samples = place / "samples.jsonl"
        self._outcome = place / "outcome.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps a second rehearsal of the same out.

        Raises:
            UsageError: one is running.
        """
        self.place.mkdir(parents=True, exist_ok=True)
        with (self.place / ".held").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(
                    f"{self.place}: the same rehearsal is running; wait for it, or take another --seed"
                ) from None
            yield

    def begin(self, asked: Mapping[str, Any]) -> None:
        """Starts afresh."""
        for file in (self._steps, self._samples, self._outcome):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        write_whole(self.place / "asked.json", json.dumps(asked, indent=2, default=str) + "\n")

    def go_on_from(self, step: int) -> None:
        """Forgets what came after a checkpoint: it will be measured again, to the same figures.

        A later checkpoint is one that was not written to its end.
        """
        for path in self.checkpoints.glob("checkpoint-*"):
            if int(path.name.split("-")[1]) > step:
                shutil.rmtree(path)
        kept = [
            one
            for one in self.steps()
            if one.number < step or (one.held_out and one.number <= step)
        ]
        write_whole(self._steps, "".join(json.dumps(one.as_dict()) + "\n" for one in kept))
        samples = [one for one in self.samples() if one.step <= step]
        write_whole(self._samples, "".join(json.dumps(asdict(one)) + "\n" for one in samples))

    def add_step(self, step: Step) -> None:
        """Appends what one step measured."""
        _append(self._steps, step.as_dict())

    def add_sample(self, sample: Sample) -> None:
        """Appends a response."""
        _append(self._samples, asdict(sample))

    def steps(self) -> list[Step]:
        """All that was measured, in order."""
        return [Step.from_dict(row) for row in _rows(self._steps)]

    def samples(self) -> list[Sample]:
        """All that was kept to be read, in order."""
        return [Sample(**row) for row in _rows(self._samples)]

    def end(self, outcome: Mapping[str, Any]) -> None:
        """Writes the outcome."""
        write_whole(self._outcome, json.dumps(outcome, indent=2, ensure_ascii=False) + "\n")

    def keep_before(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes the rollouts of before training, as other commands read them."""
        write_whole(self.place / "before.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def keep(self, name: str, value: Mapping[str, Any]) -> None:
        """Writes something that is known before the end."""
        write_whole(self.place / f"{name}.json", json.dumps(value, indent=2) + "\n")

    def kept(self, name: str) -> dict[str, Any] | None:
        """What was written so; None where nothing was."""
        file = self.place / f"{name}.json"
        if not file.is_file():
            return None
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found


def _append(file: Path, row: Mapping[str, Any]) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")


def _rows(file: Path) -> list[dict[str, Any]]:
    """Whole lines alone: a killed run may leave half of one."""
    if not file.is_file():
        return []
    lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]
