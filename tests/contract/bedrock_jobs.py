"""Requests for Bedrock's jobs, and whether its answers are such as botocore's model has them."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from nova_rft.local_aws._protocol import problems, service_model
from tests.contract.conftest import Local

MICRO: Final = "amazon.nova-micro-v1:0:128k"
LITE: Final = "amazon.nova-lite-v1:0:300k"
LITE_2: Final = "amazon.nova-2-lite-v1:0:256k"
PRO: Final = "amazon.nova-pro-v1:0"
Record = dict[str, Any]


def conversation(number: int, answer: str | None = "") -> Record:
    """A record of Bedrock's schema; None leaves the answer out."""
    turns = [{"role": "user", "content": [{"text": f"What is {number} plus {number}?"}]}]
    if answer is not None:
        text = answer or f"It is {2 * number}."
        turns.append({"role": "assistant", "content": [{"text": text}]})
    return {"schemaVersion": "bedrock-conversation-2024", "messages": turns}


def bucket(local: Local) -> str:
    """A bucket of one's own."""
    name = f"bucket-{uuid4().hex[:12]}"
    local.client("s3").create_bucket(Bucket=name)
    return name


def put(local: Local, name: str, key: str, records: Iterable[Record] | bytes) -> str:
    """Records, or bytes, as an object; its address."""
    body = records if isinstance(records, bytes) else _lines(records)
    local.client("s3").put_object(Bucket=name, Key=key, Body=body)
    return f"s3://{name}/{key}"


def _lines(records: Iterable[Record]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def fine_tuning(
    local: Local, records: Iterable[Record] | bytes | None = None, **changes: Any
) -> Record:
    """A request for fine-tuning that works; `changes` replace members, None takes them out."""
    name, place = f"job-{uuid4().hex[:12]}", bucket(local)
    given = [conversation(n) for n in range(40)] if records is None else records
    request = {
        "jobName": name,
        "customModelName": name,
        "roleArn": local.role(),
        "clientRequestToken": uuid4().hex,
        "baseModelIdentifier": MICRO,
        "customizationType": "FINE_TUNING",
        "trainingDataConfig": {"s3Uri": put(local, place, "train.jsonl", given)},
        "outputDataConfig": {"s3Uri": f"s3://{place}/out/"},
        **changes,
    }
    return {key: value for key, value in request.items() if value is not None}


def distillation(
    local: Local,
    records: Iterable[Record] | None = None,
    teacher: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Record:
    """A request for distillation that works; `teacher` adds to the teacher's configuration."""
    given = [conversation(n, None) for n in range(100)] if records is None else records
    config = {"teacherModelIdentifier": PRO, **(teacher or {})}
    asked: Record = {
        "customizationType": "DISTILLATION",
        "customizationConfig": {"distillationConfig": {"teacherModelConfig": config}},
    }
    return fine_tuning(local, given, **(asked | changes))


def imported(local: Local, **changes: Any) -> str:
    """A custom model once it is Active; its ARN."""
    bedrock = local.client("bedrock")
    arn = str(bedrock.create_custom_model(**importing(**changes))["modelArn"])
    assert settled(lambda: bedrock.get_custom_model(modelIdentifier=arn)["modelStatus"]) == "Active"
    return arn


def settled(look: Callable[[], str], during: str = "Creating") -> str:
    """A status once it is another than that during which one waits."""
    until = time.monotonic() + 20
    while (status := look()) == during:
        assert time.monotonic() < until, f"still {during}"
        time.sleep(0.05)
    return status


def importing(**changes: Any) -> Record:
    """A request for an import that works; `changes` replace members, None takes them out."""
    request = {
        "modelName": f"model-{uuid4().hex[:12]}",
        "customModelDataSource": {
            "modelPackageArnDataSource": {
                "modelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/group/1"
            }
        },
        **changes,
    }
    return {key: value for key, value in request.items() if value is not None}


def artefacts(local: Local, job: Mapping[str, Any]) -> dict[str, list[str]]:
    """The lines of each file that a job wrote, by its place in the job's folder."""
    base = job["outputDataConfig"]["s3Uri"].removeprefix("s3://")
    place, _, prefix = base.partition("/")
    folder = f"{prefix}model-customization-job-{job['jobArn'].rsplit('/', 1)[-1]}/"
    s3 = local.client("s3")
    found = s3.list_objects_v2(Bucket=place, Prefix=folder).get("Contents", [])
    return {
        one["Key"].removeprefix(folder): s3.get_object(Bucket=place, Key=one["Key"])["Body"]
        .read()
        .decode()
        .splitlines()
        for one in found
    }


def disagreements(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """What in an answer is not as botocore's model of the operation has it."""
    shape = service_model("bedrock").operation_model(operation).output_shape
    said = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    return list(problems(_as_sent(said), shape))


def _as_sent(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _as_sent(item) for key, item in value.items()}
    return [_as_sent(item) for item in value] if isinstance(value, list) else value


def create_many(local: Local, region: str, requests: Iterable[Record]) -> None:
    """Creates jobs by plain HTTP on one connection: a thousand in two seconds, not in ten."""
    connection = http.client.HTTPConnection(local.endpoint.removeprefix("http://"), timeout=30)
    scope = f"AWS4-HMAC-SHA256 Credential=a/20260101/{region}/bedrock/aws4_request"
    for request in requests:
        body = json.dumps(request)
        connection.request("POST", "/model-customization-jobs", body, {"Authorization": scope})
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 201, said
    connection.close()
