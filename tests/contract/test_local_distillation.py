"""Distillation, and invocation logs as training data, on the embedded Bedrock."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.bedrock_jobs import (
    LITE,
    LITE_2,
    MICRO,
    PRO,
    Record,
    artefacts,
    bucket,
    conversation,
    disagreements,
    distillation,
    fine_tuning,
    put,
)
from tests.contract.conftest import Local, prompt

STEPS = "training_artifacts/step_wise_training_metrics.csv"


def refused(local: Local, request: Record) -> str:
    with pytest.raises(ClientError, match="ValidationException") as caught:
        local.create(**request)
    return str(caught.value.response["Error"]["Message"])


def losses(local: Local, job: Any) -> list[float]:
    return [float(line.split(",")[2]) for line in artefacts(local, job)[STEPS][1:]]


def logged(number: int, operation: str = "Converse", **changes: Any) -> Record:
    """An entry of an invocation log."""
    turns = conversation(number)["messages"]
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "modelId": PRO,
        "operation": operation,
        "requestMetadata": {"team": "blue" if number % 2 else "red", "stage": "live"},
        "input": {"inputBodyJson": {"messages": turns[:1]}},
        "output": {
            "outputBodyJson": {"output": {"message": turns[1]}, "stopReason": "end_turn"},
        },
        **changes,
    }


def logs(local: Local, entries: list[Record]) -> str:
    """Entries as the service writes them: two compressed files, and a body too long for an entry."""
    name, half = bucket(local), len(entries) // 2
    for key, part in (("01/a.json.gz", entries[:half]), ("02/b.json.gz", entries[half:])):
        body = b"".join(json.dumps(entry).encode() + b"\n" for entry in part)
        put(local, name, f"logs/{key}", gzip.compress(body))
    put(local, name, "logs/data/x.json.gz", b"no entry")
    put(local, name, "logs-of-another/c.json.gz", b"none of ours")
    return f"s3://{name}/logs"


def from_logs(uri: str, *, answers: bool, **filters: Any) -> dict[str, Any]:
    """A `trainingDataConfig`."""
    config: dict[str, Any] = {
        "usePromptResponse": answers,
        "invocationLogSource": {"s3Uri": uri},
    }
    if filters:
        config["requestMetadataFilters"] = filters
    return {"invocationLogsConfig": config}


@pytest.mark.parametrize("student", [LITE, MICRO])
def test_a_students_job_completes_with_the_teachers_answers(local: Local, student: str) -> None:
    """Longer answers than so many tokens are cut, which the losses show."""
    requests = [
        distillation(local, teacher=teacher, baseModelIdentifier=student)
        for teacher in ({}, {"maxResponseLengthForInference": 3})
    ]
    # What a record answers itself is not learnt: the teacher answers all.
    labelled = [conversation(n, "quite another answer") for n in range(100)]
    requests.append(distillation(local, labelled, baseModelIdentifier=student))
    whole, cut, same = (local.ended(arn) for arn in [local.create(**one) for one in requests])
    for job in (whole, cut, same):
        assert job["status"] == "Completed", job.get("failureMessage")
        assert disagreements("GetModelCustomizationJob", job) == []
        assert job["customizationType"] == "DISTILLATION"
    assert cut["customizationConfig"] == requests[1]["customizationConfig"]
    assert losses(local, whole) == losses(local, same) != losses(local, cut)
    bedrock = local.client("bedrock")
    model = bedrock.get_custom_model(modelIdentifier=whole["outputModelArn"])
    assert disagreements("GetCustomModel", model) == []
    tags = bedrock.list_tags_for_resource(resourceARN=whole["outputModelArn"])["tags"]
    assert tags == [{"key": "nova-rft:policy", "value": "bigram"}]


@pytest.mark.parametrize(
    "teacher",
    [
        "us.amazon.nova-pro-v1:0",
        f"arn:aws:bedrock:us-east-1::foundation-model/{PRO}",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
    ],
)
def test_a_teacher_by_its_profile_or_arn(local: Local, teacher: str) -> None:
    arn = local.create(**distillation(local, teacher={"teacherModelIdentifier": teacher}))
    local.client("bedrock").stop_model_customization_job(jobIdentifier=arn)
    assert local.ended(arn)["status"] == "Stopped"


@pytest.mark.parametrize(
    ("teacher", "change", "says"),
    [
        ({"teacherModelIdentifier": "amazon.nova-premier-v1:0"}, {}, "end of life on 2026-09-14"),
        ({"teacherModelIdentifier": "amazon.nova-lite-v1:0"}, {}, f"use {PRO}"),
        ({"maxResponseLengthForInference": 0}, {}, "maxResponseLengthForInference"),
        ({}, {"baseModelIdentifier": LITE_2}, f"use {LITE}, {MICRO}"),
        ({}, {"customizationConfig": None}, "distillationConfig is missing"),
        ({}, {"hyperParameters": {"epochCount": "2"}}, "hyperParameters has no place"),
    ],
)
def test_what_is_refused(
    local: Local, teacher: dict[str, Any], change: dict[str, Any], says: str
) -> None:
    assert says in refused(local, distillation(local, [], teacher, **change))


def test_too_few_prompts_fail_it(local: Local) -> None:
    job = local.ended(local.create(**distillation(local, [conversation(1)])))
    assert job["status"] == "Failed"
    assert "1 prompts; the service takes 100 to 15,000" in job["failureMessage"]


def test_logs_are_the_data_of_every_kind_of_job(local: Local) -> None:
    bad = [logged(999, errorCode="ThrottlingException"), logged(999, "InvokeGuardrail")]
    uri = logs(local, [*(logged(n) for n in range(200)), *bad])
    reward = local.request()
    recorded = [
        logged(n, input={"inputBodyJson": {"messages": _blocks(prompt(n))}}) for n in range(100)
    ]
    requests = {
        "answers": distillation(local, trainingDataConfig=from_logs(uri, answers=True)),
        "prompts": distillation(local, trainingDataConfig=from_logs(uri, answers=False)),
        "learnt": fine_tuning(
            local, trainingDataConfig=from_logs(uri, answers=True, equals={"team": "red"})
        ),
        "rewarded": {
            **reward,
            "trainingDataConfig": from_logs(logs(local, recorded), answers=False),
        },
    }
    arns = {name: local.create(**request) for name, request in requests.items()}
    jobs = {name: local.ended(arn) for name, arn in arns.items()}
    for name, job in jobs.items():
        assert job["status"] == "Completed", (name, job.get("failureMessage"))
        assert disagreements("GetModelCustomizationJob", job) == []
    # 200 calls in batches of 32, twice; half of them pass the filter.
    assert len(losses(local, jobs["answers"])) == len(losses(local, jobs["prompts"])) == 14
    assert losses(local, jobs["answers"]) != losses(local, jobs["prompts"])
    assert len(losses(local, jobs["learnt"])) == 8


def _blocks(turns: list[dict[str, str]]) -> list[Record]:
    return [{"role": turn["role"], "content": [{"text": turn["content"]}]} for turn in turns]


def test_filters_that_leave_nothing_fail_it_and_say_so(local: Local) -> None:
    uri = logs(local, [logged(n) for n in range(8)])
    blue, live = {"equals": {"team": "blue"}}, {"equals": {"stage": "live"}}
    kept = {
        0: ("notEquals", {"stage": "live"}),
        4: ("andAll", [blue, live]),
        8: ("orAll", [blue, live]),
    }
    jobs = {
        count: local.create(
            **fine_tuning(local, trainingDataConfig=from_logs(uri, answers=True, **{name: value}))
        )
        for count, (name, value) in kept.items()
    }
    ended = {count: local.ended(arn) for count, arn in jobs.items()}
    assert "hold no call to train on" in ended[0]["failureMessage"]
    assert "4 training records; the service takes 8" in ended[4]["failureMessage"]
    assert ended[8]["status"] == "Completed"


def test_logs_that_are_none_fail_it(local: Local) -> None:
    name = bucket(local)
    broken = {
        "not compressed as it begins": gzip.compress(b"{}")[:-4],
        "not JSON": b"{\n",
        "is no object": b"[]\n",
        "is no entry of an invocation log": b'{"messages": []}\n',
    }
    jobs: dict[str, str] = {}
    for says, body in broken.items():
        key = f"{len(jobs)}.json.gz"
        data = from_logs(put(local, name, key, body), answers=True)
        jobs[says] = local.create(**fine_tuning(local, trainingDataConfig=data))
    for says, arn in jobs.items():
        assert says in local.ended(arn)["failureMessage"]


def test_logs_that_no_job_can_be_made_of_are_refused(local: Local) -> None:
    data = from_logs("s3://no-such-bucket-here/logs", answers=True)
    assert "there are no invocation logs at s3://no-such" in refused(
        local, fine_tuning(local, trainingDataConfig=data)
    )
    prompts = from_logs(logs(local, [logged(1)]), answers=False)
    message = refused(local, fine_tuning(local, trainingDataConfig=prompts))
    assert "usePromptResponse must be true for FINE_TUNING" in message
    both = {"s3Uri": "s3://bucket/key", **prompts}
    assert "not both" in refused(local, fine_tuning(local, trainingDataConfig=both))
