"""A run's folder: what it keeps, what it forgets, and who may use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nova_rft.errors import UsageError
from nova_rft.rehearse import Sample, Settings
from nova_rft.rehearse._folder import RunFolder
from nova_rft.rehearse._outcome import _ends
from nova_rft.rehearse._train import checkpoint_step, last_checkpoint
from tests.unit.rehearse.courses import steps


def test_what_is_kept_comes_back_and_half_a_line_is_none(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.begin({"seed": 1})
    course = steps(5, reward=(0.0, 1.0))
    for step in course:
        run.add_step(step)
    sample = Sample(0, "asked", "said", 0.5, None)
    run.add_sample(sample)
    with (tmp_path / "run" / "steps.jsonl").open("a") as stream:
        stream.write('{"step": 9, "held')
    assert run.steps() == course
    assert run.samples() == [sample]


def test_going_on_forgets_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.begin({})
    for step in steps(10, reward=(0.0, 1.0)):
        run.add_step(step)
    for at in (0, 4, 10):
        run.add_sample(Sample(at, "asked", "said", 0.0, None))
    run.go_on_from(4)
    assert [one.number for one in run.steps() if not one.held_out] == [0, 1, 2, 3]
    assert [one.number for one in run.steps() if one.held_out] == [0]
    assert [one.step for one in run.samples()] == [0, 4]
    run.begin({})
    assert run.steps() == []


def test_a_checkpoint_that_was_not_written_to_its_end_is_none(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    assert (last_checkpoint(run.checkpoints), checkpoint_step(run.checkpoints)) == (None, 0)
    for step, file in ((9, "trainer_state.json"), (20, "trainer_state.json"), (33, "optimizer.pt")):
        place = run.checkpoints / f"checkpoint-{step}"
        place.mkdir(parents=True)
        (place / file).touch()
    assert last_checkpoint(run.checkpoints) == run.checkpoints / "checkpoint-20"
    assert checkpoint_step(run.checkpoints) == 20
    run.go_on_from(20)
    # The trainer keeps the one with the highest number: half of one would outlive the others.
    assert not (run.checkpoints / "checkpoint-33").exists()
    assert (run.checkpoints / "checkpoint-20").exists()


def test_one_rehearsal_at_a_time_has_a_folder(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    with (
        run.held(),
        pytest.raises(UsageError, match="the same rehearsal is running"),
        RunFolder(tmp_path / "run").held(),
    ):
        pass
    with run.held():
        pass


def test_first_and_last_of_each_measure() -> None:
    found = _ends(steps(3, looks=False, reward=(0.0, 1.0), check=(0.2, 0.4)))
    assert found["reward"] == {"first": 0.0, "last": 1.0}
    assert found["check"] == {"first": 0.2, "last": 0.4}


def test_settings_that_cannot_be_run_are_refused_and_bounds_decide_nothing() -> None:
    with pytest.raises(UsageError, match="10 rollouts cannot be cut into groups of 8"):
        Settings(batch=10)
    with pytest.raises(UsageError, match="two looks"):
        Settings(looks=1)
    assert Settings(steps=5, minutes=1).deciding == Settings().deciding
    assert Settings(seed=1).deciding != Settings().deciding
