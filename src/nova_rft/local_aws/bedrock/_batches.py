"""Batch inference: jobs that read JSON Lines from S3 and write the embedded Converse's answers there.

As Bedrock's User Guide and botocore's model have it (read 2026-11-26): the answers of an input file lie
in `OUTPUT/JOB/NAME.jsonl.out`, in no order, beside `manifest.json.out`. Faults on request are those of
the service `bedrock-batch`: `Job` fails the next job, `Timeout` ends it half done, `Record` refuses a
record, `Lost` leaves one out.
"""

from __future__ import annotations

import json
import random
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from nova_rft.data import loads
from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import (
    Operation,
    Request,
    ServiceError,
    problems,
    rendered,
    service_model,
)
from nova_rft.local_aws.bedrock._batch import Batch, Counts
from nova_rft.local_aws.bedrock._names import new_arn, now
from nova_rft.local_aws.bedrock._pages import listed
from nova_rft.local_aws.bedrock._shelf import Shelf
from nova_rft.local_aws.bedrock._tags import Tags, check_tags
from nova_rft.local_aws.training import JobFailed, JobStopped

Answer = Callable[[dict[str, Any]], Mapping[str, Any]]
# Quotas of Bedrock's batch inference, which differ by model: what most models have by default.
LEAST: Final = 100
MOST: Final = 50_000
AT_ONCE: Final = 20
_FAULTS: Final = "bedrock-batch"
_PRINCIPAL: Final = "bedrock.amazonaws.com"
_ONLY_BY_PROFILE: Final = ("amazon.nova-2-lite",)
# What an error's code in a record is, as HTTP has it.
_CODES: Final = {
    "ThrottlingException": 429,
    "ModelTimeoutException": 408,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}
# Seconds that a step takes at least, so that there is something to see.
_STEP_S: Final = 0.1


class Batches:
    """All batch inference jobs."""

    def __init__(
        self, account: Account, tags: Tags, faults: Faults, lock: threading.RLock, answer: Answer
    ) -> None:
        """Takes what answers one Converse request."""
        self._account = account
        self._tags = tags
        self._faults = faults
        self._lock = lock
        self._answer = answer
        self._shelf = Shelf[Batch]("model invocation job")
        self.operations: Mapping[str, Operation] = {
            "CreateModelInvocationJob": self._create,
            "GetModelInvocationJob": self._get,
            "ListModelInvocationJobs": self._list,
            "StopModelInvocationJob": self._stop,
        }

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            known = self._shelf.made_by(asked, request.region)
            if known is not None:
                return {"jobArn": known.arn}
            self._shelf.refuse_name(asked["jobName"], request.region)
            arn = new_arn(request.region, "model-invocation-job")
            self._check(asked, arn)
            check_tags(asked, "tags")
            running = [one for one in self._shelf.all_in(request.region) if one.thing.running]
            if sum(one.thing.shown["modelId"] == asked["modelId"] for one in running) >= AT_ONCE:
                raise ServiceError(
                    "ServiceQuotaExceededException",
                    f"{AT_ONCE} jobs of {asked['modelId']} are in progress or submitted already",
                )
            batch = Batch(_shown(asked, arn))
            self._shelf.put(batch, asked)
            self._tags.put(batch.arn, asked.get("tags", ()))
        threading.Thread(target=self._walk, args=(batch,), daemon=True).start()
        return {"jobArn": batch.arn}

    def _check(self, asked: Mapping[str, Any], arn: str) -> None:
        model = asked["modelId"]
        if ":custom-model" in model or ":provisioned-model" in model:
            raise ServiceError("ValidationException", f"{model} does not support batch inference")
        if model.startswith(_ONLY_BY_PROFILE):
            raise ServiceError(
                "ValidationException", f"{model} is served by an inference profile alone"
            )
        if asked.get("modelInvocationType") != "Converse":
            raise ServiceError(
                "ValidationException",
                "the embedded Bedrock takes modelInvocationType Converse alone",
            )
        self._account.check_role(asked["roleArn"], _PRINCIPAL, arn)
        for place in (_input(asked), _output(asked)):
            if not self._account.has_bucket(place):
                raise ServiceError("ValidationException", f"there is no bucket of {place}")

    def _find(self, asked: Mapping[str, Any], request: Request) -> Batch:
        given = asked["jobIdentifier"]
        with self._lock:
            for one in self._shelf.all_in(request.region):
                if given in (one.thing.arn, one.thing.arn.rpartition("/")[2]):
                    return one.thing
        raise ServiceError(
            "ResourceNotFoundException", f"Could not find the model invocation job {given}"
        )

    def _get(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        return self._find(asked, request).snapshot()

    def _stop(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        batch = self._find(asked, request)
        if not batch.stop():
            raise ServiceError(
                "ConflictException", f"The job is {batch.shown['status']} and cannot be stopped"
            )
        return {}

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            kept = self._shelf.all_in(request.region)
        batches, rest = listed(kept, asked, "submitTime")
        return {"invocationJobSummaries": [one.snapshot() for one in batches], "nextToken": rest}

    def _walk(self, batch: Batch) -> None:
        """Through the statuses to the end, in a thread of its own."""
        try:
            batch.step("Validating", _STEP_S)
            account = self._account.acting(batch.shown["roleArn"], _PRINCIPAL, batch.arn)
            records = _records(account, batch)
            batch.step("Scheduled", _STEP_S)
            batch.step("InProgress", _STEP_S)
            account.require_model("bedrock:InvokeModel", batch.shown["modelId"])
            failure = self._faults.job_failure(_FAULTS)
            if failure is not None:
                raise JobFailed(failure)
            self._work(account, batch, records)
        except JobStopped:
            batch.end("Stopped")
        except JobFailed as failed:
            batch.end("Failed", str(failed))
        except Exception as error:
            traceback.print_exc()
            batch.end("Failed", f"internal error of the embedded AWS: {error!r}")

    def _work(
        self, account: Account, batch: Batch, records: Mapping[str, list[dict[str, Any]]]
    ) -> None:
        counts = Counts(sum(map(len, records.values())))
        cut = self._faults.wanted(_FAULTS, "Timeout")
        base = f"{_output(batch.shown).rstrip('/')}/{batch.arn.rpartition('/')[2]}"
        for uri, given in records.items():
            lines = []
            for record in given:
                if batch.stopping.is_set():
                    raise JobStopped
                if cut and counts.processed * 2 >= counts.total:
                    break
                line = self._line(record, batch.shown["modelId"])
                counts.add(line)
                batch.count(counts)
                if not self._faults.wanted(_FAULTS, "Lost"):
                    lines.append(json.dumps(line) + "\n")
            random.Random(batch.arn).shuffle(lines)  # noqa: S311 - no secret
            name = uri.rpartition("/")[2]
            account.write(f"{base}/{name}.out", "".join(lines).encode())
        account.write(f"{base}/manifest.json.out", json.dumps(counts.manifest).encode())
        batch.end("PartiallyCompleted" if cut else "Completed")

    def _line(self, record: Mapping[str, Any], model: str) -> dict[str, Any]:
        given = record.get("modelInput")
        try:
            self._faults.check(_FAULTS, "Record")
            asked = {**given, "modelId": model} if isinstance(given, dict) else {}
            operation = service_model("bedrock-runtime").operation_model("Converse")
            wrong = list(problems(asked, operation.input_shape))
            if wrong:
                raise ServiceError("ValidationException", "; ".join(wrong))
            answer = rendered(self._answer(asked), operation.output_shape)
        except ServiceError as error:
            code = _CODES.get(error.code, 400)
            refused = {"errorCode": code, "errorMessage": f"{error.code}: {error}"}
            return {**record, "error": refused}
        return {**record, "modelOutput": answer}


def _records(account: Account, batch: Batch) -> dict[str, list[dict[str, Any]]]:
    """The records of each file.

    Raises:
        JobFailed: they break a rule, which Bedrock finds once a job has begun.
    """
    place = batch.shown["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
    files = [uri for uri in account.objects(place) if uri.endswith(".jsonl")]
    if not files:
        raise JobFailed(f"there is no .jsonl file at {place}")
    found = {uri: [_record(line) for line in _lines(account.read(uri))] for uri in files}
    count = sum(map(len, found.values()))
    if count < LEAST:
        raise JobFailed(
            f"Batch job contains fewer records ({count}) than the required minimum of: {LEAST}"
        )
    if count > MOST:
        raise JobFailed(f"Batch job contains more records ({count}) than the maximum of: {MOST}")
    return found


def _shown(asked: Mapping[str, Any], arn: str) -> dict[str, Any]:
    made = now()
    hours = asked.get("timeoutDurationInHours", 24)
    return {
        **{key: asked.get(key) for key in ("jobName", "modelId", "roleArn", "clientRequestToken")},
        **{key: asked.get(key) for key in ("inputDataConfig", "outputDataConfig", "vpcConfig")},
        "jobArn": arn,
        "status": "Submitted",
        "submitTime": made,
        "lastModifiedTime": made,
        "timeoutDurationInHours": hours,
        "jobExpirationTime": made + timedelta(hours=hours),
        "modelInvocationType": asked.get("modelInvocationType", "InvokeModel"),
    }


def _input(asked: Mapping[str, Any]) -> str:
    return str(asked["inputDataConfig"]["s3InputDataConfig"]["s3Uri"])


def _output(asked: Mapping[str, Any]) -> str:
    return str(asked["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"])


def _lines(body: bytes) -> Iterator[bytes]:
    return (line for line in body.splitlines() if line.strip())


def _record(line: bytes) -> dict[str, Any]:
    try:
        value = loads(line)
    except ValueError as error:
        raise JobFailed(f"a line of the input is not JSON: {error}") from None
    if not isinstance(value, dict) or "modelInput" not in value:
        raise JobFailed("a line of the input has no modelInput")
    return value
