"""A job's training in a process of its own: what it asks its grader, what it tells, how it ends."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nova_rft.local_aws.training import (
    JobFailed,
    JobStopped,
    PolicyFailed,
    Rewarded,
    Step,
    policy,
    train_by_reward,
)
from nova_rft.rehearse import read_examples
from nova_rft.rehearse._tiny import warmed_up
from nova_rft.rehearse.tasks import TASKS, make_records
from tests.rehearse.test_rehearsals import SMALL

RECORDS, VALIDATION = make_records(TASKS["summary"].make, 22, seed=0)
ASKED = Rewarded("us-east-1", "arn:grader", 4, 4, epochs=2, eval_every=3, max_new_tokens=8)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model in a folder."""
    kept = tmp_path_factory.mktemp("policies")
    return warmed_up(read_examples(RECORDS), SMALL, 0, kept)[0]


class Grader:
    """Pays for length; remembers what it was asked."""

    def __init__(self, fails_after: int | None = None) -> None:
        self.events: list[list[dict[str, Any]]] = []
        self._fails_after = fails_after

    def __call__(self, region: str, arn: str, payload: bytes) -> tuple[bytes, str]:
        event = json.loads(payload)
        self.events.append(event)
        if self._fails_after is not None and len(self.events) > self._fails_after:
            return b"boom", "Unhandled"
        answer = [
            {"id": i["id"], "aggregate_reward_score": len(i["messages"][-1]["content"])}
            for i in event
        ]
        return json.dumps(answer).encode(), ""


def train(
    folder: Path, grader: Grader, asked: Rewarded = ASKED, stopping: threading.Event | None = None
) -> list[Step]:
    steps = train_by_reward(
        asked,
        RECORDS,
        VALIDATION,
        policy=policy(str(folder), folder),
        grader=grader,
        stopping=stopping or threading.Event(),
    )
    return list(steps)


def test_it_trains_as_many_steps_as_the_epochs_have_and_tells_each(weights: Path) -> None:
    grader = Grader()
    steps = train(weights, grader)
    # 22 records, 4 in a step: the last of an epoch is filled up from the next.
    assert [step["step_number"] for step in steps] == list(range(1, 13))
    assert [step["epoch_number"] for step in steps] == [1] * 6 + [2] * 6
    for step in steps:
        low, mean, high = (step[f"critic/rewards/{name}"] for name in ("min", "mean", "max"))
        assert low <= mean <= high
        assert 1 <= step["response_length/mean"] <= 8
        assert step["actor/entropy"] > 0
    looked = [step["step_number"] for step in steps if "val-score/rewards/mean@1" in step]
    assert looked == [3, 6, 9, 12]
    trained = [event for event in grader.events if event[0]["id"].startswith("step-")]
    assert [len(event) for event in trained] == [16] * 12
    item = trained[0][0]
    assert set(item) == {"id", "messages", "metadata"}
    assert item["metadata"]["reference_answer"]
    prompts = [item["messages"][0]["content"] for item in trained[0]]
    assert prompts == [prompt for prompt in prompts[::4] for _ in range(4)]


def test_sagemaker_s_events_are_flat_and_steps_bound_it(weights: Path) -> None:
    grader = Grader()
    asked = replace(ASKED, nested=False, steps=2, eval_every=None, samples=None)
    assert len(train(weights, grader, asked)) == 2
    assert [len(event) for event in grader.events] == [32, 32]
    assert set(grader.events[0][0]) == {"id", "messages", "reference_answer", "demonstrations"}


def test_a_higher_learning_rate_changes_more(weights: Path) -> None:
    def last(rate: float) -> float:
        return train(weights, Grader(), replace(ASKED, learning_rate=rate))[-1][
            "critic/rewards/mean"
        ]

    assert last(1e-2) > last(1e-7) + 1


def test_a_grader_that_fails_ends_the_job_and_the_process(weights: Path) -> None:
    with pytest.raises(JobFailed, match=r"the reward Lambda failed \(Unhandled\): boom"):
        train(weights, Grader(fails_after=2))


def test_a_job_is_stopped_while_it_trains(weights: Path) -> None:
    stopping = threading.Event()

    class Stopping(Grader):
        def __call__(self, region: str, arn: str, payload: bytes) -> tuple[bytes, str]:
            stopping.set()
            return super().__call__(region, arn, payload)

    with pytest.raises(JobStopped):
        train(weights, Stopping(), stopping=stopping)


def test_a_folder_without_a_model_fails_the_job(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(PolicyFailed, match="holds no model that can be read"):
        train(tmp_path, Grader())
