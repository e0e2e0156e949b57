"""What a job's rollouts may come from, and a training process that cannot do what it is asked."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from nova_rft.errors import UsageError
from nova_rft.local_aws.training import (
    JobStopped,
    PolicyFailed,
    Rewarded,
    policy,
    train_by_reward,
)

ASKED = Rewarded("us-east-1", "arn", batch_size=2, samples=2)
RECORDS = [{"messages": [{"role": "user", "content": str(n)}]} for n in range(4)]


def no_grader(region: str, arn: str, payload: bytes) -> tuple[bytes, str]:
    raise AssertionError("nothing is graded before a policy is there")


def train(setting: str, kept: Path, stopping: threading.Event | None = None) -> list[Any]:
    steps = train_by_reward(
        ASKED,
        RECORDS,
        [],
        policy=policy(setting, kept),
        grader=no_grader,
        stopping=stopping or threading.Event(),
    )
    return list(steps)


@pytest.fixture
def without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are started find a torch that cannot be imported, whatever is installed."""
    (tmp_path / "torch.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)


def test_policies_are_named_by_their_form(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert policy(None, tmp_path).kind == "none"
    assert policy("tiny", tmp_path).kind == "tiny"
    assert policy(str(tmp_path), tmp_path).kind == "folder"
    for wrong in ("big", "recorded:", str(tmp_path / "missing")):
        with pytest.raises(UsageError, match="use tiny, such a folder, or recorded:FILE"):
            policy(wrong, tmp_path)


@pytest.mark.usefixtures("without_torch")
def test_without_the_extra_a_job_fails_and_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(
        PolicyFailed, match=r"torch.*\(not here\).*pip install 'nova-rft\[rehearse\]'"
    ):
        train("tiny", tmp_path)


@pytest.mark.usefixtures("without_torch")
def test_a_job_that_is_stopped_ends_its_process_at_once(tmp_path: Path) -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(JobStopped):
        train("tiny", tmp_path, stopping)
