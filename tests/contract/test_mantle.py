"""Our client of Bedrock's OpenAI-compatible API against the embedded one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import openai
import pytest

from nova_rft import local_aws
from nova_rft.aws.mantle import MantleClient
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused
from tests.contract.conftest import REWARD, Local, training
from tests.contract.test_local_mantle import body, grader, upload


@pytest.fixture(scope="module")
def function(local: Local) -> str:
    return grader(local, REWARD)


@pytest.fixture
def api(mantle: MantleClient) -> Iterator[openai.OpenAI]:
    """Somebody else who uses it."""
    with openai.OpenAI(base_url=mantle.url, api_key="any", max_retries=0) as made:
        yield made


@pytest.fixture(autouse=True)
def _account() -> None:
    """Nothing here needs what other contract tests find in the account."""


@pytest.fixture(autouse=True)
def _none_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


@pytest.fixture
def mantle(aws: Aws) -> MantleClient:
    return MantleClient(aws)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_bytes(training())
    return path


def test_a_job_from_file_to_checkpoint(mantle: MantleClient, records: Path, function: str) -> None:
    name = f"rft-{uuid4().hex}.jsonl"
    file = mantle.upload_file(records, name)
    assert mantle.upload_file(records, name) == file
    assert mantle.file_names()[file] == name
    request = body(function, file) | {"metadata": {"name": "n"}}
    made = mantle.create_job(request)
    assert next(mantle.list_jobs())["id"] == made["id"]
    while (job := mantle.get_job(made["id"]) or {})["status"] != "succeeded":
        assert job["status"] != "failed", job["error"]
        time.sleep(0.05)
    # What was asked comes back as it was, the grader too.
    reinforcement = request["method"]["reinforcement"]
    assert job["method"]["reinforcement"]["grader"] == reinforcement["grader"]
    metrics = [event for event in mantle.events(job["id"]) if event["type"] == "metrics"]
    assert [event["data"]["step"] for event in metrics] == [3, 2, 1]
    (checkpoint,) = mantle.checkpoints(job["id"])
    assert checkpoint["step_number"] == 3
    with pytest.raises(AwsRefused, match=r"CancelFineTuningJob \(invalid_state\)"):
        mantle.cancel_job(job["id"])
    assert mantle.get_job("ftjob-none") is None


def test_many_files_are_listed_page_by_page(
    mantle: MantleClient, api: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nova_rft.aws.mantle._PAGE", 2)
    made = [upload(api, training(1), f"page-{number}.jsonl") for number in range(5)]
    names = mantle.file_names()
    assert [names[file] for file in made] == [f"page-{number}.jsonl" for number in range(5)]


def test_a_file_of_that_name_and_another_size_is_not_taken_for_it(
    mantle: MantleClient, api: openai.OpenAI, records: Path
) -> None:
    name = f"rft-{uuid4().hex}.jsonl"
    other = upload(api, training(1), name)
    sent = mantle.upload_file(records, name)
    assert sent != other
    assert mantle.upload_file(records, name) == sent


def test_an_expired_key_is_renewed_once(mantle: MantleClient, local: Local) -> None:
    def expire(times: int) -> None:
        local_aws.ask_fault(
            local.endpoint,
            service="bedrock-mantle",
            operation="ListFiles",
            code="ExpiredTokenException",
            message="the key has expired",
            times=times,
        )

    expire(1)
    mantle.file_names()
    expire(2)
    with pytest.raises(AwsRefused, match="the key has expired; sign in again"):
        mantle.file_names()


def test_throttling_is_waited_out(mantle: MantleClient, local: Local, api: openai.OpenAI) -> None:
    known = [job.id for job in api.fine_tuning.jobs.list(limit=1).data]
    local_aws.ask_fault(local.endpoint, service="bedrock-mantle", operation="ListFineTuningJobs")
    assert [job["id"] for job in mantle.list_jobs()][:1] == known
