"""SageMaker in this process: the protocol, the lines of its log, jobs that vanish."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Request, Response
from nova_rft.local_aws.sagemaker import SageMaker
from nova_rft.local_aws.sagemaker._log import step_line
from nova_rft.local_aws.training import policy

NAME = "job-1"
ARN = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{NAME}"
ASKED = {
    "TrainingJobName": NAME,
    "RoleArn": "arn:aws:iam::123456789012:role/any",
    "AlgorithmSpecification": {
        "TrainingInputMode": "File",
        "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/nova-fine-tune-repo:SM-TJ-X",
    },
    "InputDataConfig": [
        {
            "ChannelName": name,
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://b/{name}"}},
        }
        for name in ("train", "recipe")
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
    "ResourceConfig": {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 4, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}


class Everything(Account):
    """An account that has whatever is asked for; no job gets far in it."""

    def __init__(self) -> None:
        """Needs no functions, and lets everybody do everything."""
        self.guard = None

    def check_role(self, arn: str, service: str, source: str | None = None) -> None:
        assert service == "sagemaker.amazonaws.com"

    def objects(self, uri: str) -> list[str]:
        return [uri]

    def has_bucket(self, uri: str) -> bool:
        return True

    def read(self, uri: str) -> bytes:
        return b"- no recipe"

    def log(self, region: str, group: str, stream: str, lines: Iterable[str]) -> None:
        assert stream.startswith(f"{NAME}/algo-1-")


@pytest.fixture
def sagemaker() -> SageMaker:
    return SageMaker(policy(None, Path()), Everything(), Faults())


def ask(sagemaker: SageMaker, operation: str, **asked: Any) -> Response | None:
    headers = {"x-amz-target": operation if "." in operation else f"SageMaker.{operation}"}
    body = json.dumps(asked).encode()
    return sagemaker.service.answer(Request("POST", "/", "", body, "us-east-1", headers))


def said(response: Response | None) -> tuple[int, dict[str, Any]]:
    assert response is not None
    return response.status, json.loads(response.body)


def test_a_job_vanishes_by_name_and_by_arn(sagemaker: SageMaker) -> None:
    for identifier in (NAME, ARN):
        assert said(ask(sagemaker, "CreateTrainingJob", **ASKED)) == (200, {"TrainingJobArn": ARN})
        assert said(ask(sagemaker, "DescribeTrainingJob", TrainingJobName=NAME))[0] == 200
        assert sagemaker.forget(identifier)
        assert not sagemaker.forget(identifier)
        status, body = said(ask(sagemaker, "DescribeTrainingJob", TrainingJobName=NAME))
        assert (status, body["message"]) == (400, "Requested resource not found.")
        assert said(ask(sagemaker, "ListTags", ResourceArn=ARN))[0] == 400
        assert said(ask(sagemaker, "ListTrainingJobs"))[1] == {"TrainingJobSummaries": []}


def test_times_are_written_in_seconds(sagemaker: SageMaker) -> None:
    ask(sagemaker, "CreateTrainingJob", **ASKED)
    _, job = said(ask(sagemaker, "DescribeTrainingJob", TrainingJobName=NAME))
    assert isinstance(job["CreationTime"], float)
    _, none = said(ask(sagemaker, "ListTrainingJobs", CreationTimeAfter=job["CreationTime"] + 1))
    assert none == {"TrainingJobSummaries": []}
    _, one = said(ask(sagemaker, "ListTrainingJobs", CreationTimeAfter=job["CreationTime"] - 1))
    assert len(one["TrainingJobSummaries"]) == 1


@pytest.mark.parametrize("target", ["CreateEndpoint", "AmazonEC2.CreateHub", "SageMaker.", "."])
def test_what_is_not_answered_here_is_left_to_others(sagemaker: SageMaker, target: str) -> None:
    assert ask(sagemaker, target) is None


def test_tags_of_what_is_not_ours_are_left_to_others(sagemaker: SageMaker) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"
    assert ask(sagemaker, "ListTags", ResourceArn=arn) is None


def test_a_fault_of_ours_is_said_as_aws_says_it(
    sagemaker: SageMaker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> list[str]:
        raise RuntimeError("broken")

    monkeypatch.setattr(Everything, "objects", broken)
    status, body = said(ask(sagemaker, "CreateTrainingJob", **ASKED))
    assert (status, body["__type"]) == (500, "InternalFailure")
    assert "RuntimeError: broken" in capsys.readouterr().err


def test_a_step_is_a_line_as_verl_writes_it() -> None:
    rewarded = {
        "step_number": 12,
        "epoch_number": 2,
        "critic/rewards/mean": 0.41,
        "val-score/rewards/mean@1": -0.5,
    }
    assert step_line(rewarded) == (
        "step:12 - training/global_step:12 - training/epoch:1 - critic/rewards/mean:0.41 - "
        "val-score/rewards/mean@1:-0.5"
    )
    taught = {"step_number": 1, "epoch_number": 1, "training_loss": 2.31, "perplexity": 10.07}
    assert step_line(taught) == (
        "step:1 - training/global_step:1 - training/epoch:0 - reduced_train_loss:2.31 - "
        "training_loss:2.31 - perplexity:10.07"
    )
