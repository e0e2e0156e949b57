"""Evaluation jobs with a judge, on answers that are given; the scripted judge scores, and says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from nova_rft.data import Message, Rollout, loads
from nova_rft.judge import RubricJudge, ScriptedModel
from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Operation, Request, ServiceError
from nova_rft.local_aws.bedrock._names import new_arn, now
from nova_rft.local_aws.bedrock._pages import page, wanted
from nova_rft.local_aws.bedrock._shelf import Shelf
from nova_rft.local_aws.bedrock._tags import Tags, check_tags
from nova_rft.local_aws.training import JobFailed
from nova_rft.outcome import Score
from nova_rft.spec import Criterion, RubricTerm, ScriptedJudge

# The service whose `Job` fault fails the next evaluation job.
FAULTS_OF: Final = "bedrock-evaluation"
# How long a job takes, so that there is something to see.
SETTLES: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Evaluation:
    """One job.

    Attributes:
        arn: Its address.
        name: Unique in the region.
        asked: The request.
        created: When it was made.
        failure: Why it fails; None where it does not.
        stopped: When it was stopped; None where it was not.
        written: Whether its results lie in S3.
    """

    arn: str
    name: str
    asked: Mapping[str, Any]
    created: datetime
    failure: str | None
    stopped: datetime | None = None
    written: bool = False

    def status(self, at: datetime) -> str:
        """Its status at a moment."""
        if self.stopped is not None:
            return "Stopped"
        if at < self.created + SETTLES:
            return "InProgress"
        return "Failed" if self.failure else "Completed"

    @property
    def judged(self) -> Mapping[str, Any]:
        """What is judged by which metrics."""
        found: Mapping[str, Any] = self.asked["evaluationConfig"]["automated"]
        return found


class Evaluations:
    """All evaluation jobs."""

    def __init__(self, account: Account, tags: Tags, faults: Faults, lock: threading.RLock) -> None:
        self._account = account
        self._tags = tags
        self._faults = faults
        self._lock = lock
        self._shelf = Shelf[Evaluation]("evaluation job")
        self.operations: Mapping[str, Operation] = {
            "CreateEvaluationJob": self._create,
            "GetEvaluationJob": self._get,
            "ListEvaluationJobs": self._list,
            "StopEvaluationJob": self._stop,
        }

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            known = self._shelf.made_by(asked, request.region)
            if known is not None:
                return {"jobArn": known.arn}
            self._shelf.refuse_name(asked["jobName"], request.region)
            check_tags(asked, "jobTags")
            self._check(asked)
            job = Evaluation(
                new_arn(request.region, "evaluation-job"),
                asked["jobName"],
                asked,
                now(),
                self._faults.job_failure(FAULTS_OF),
            )
            self._shelf.put(job, asked)
            self._tags.put(job.arn, asked.get("jobTags", ()))
        return {"jobArn": job.arn}

    def _check(self, asked: Mapping[str, Any]) -> None:
        """Refuses what only the real service does, and what would fail there too."""
        automated = asked["evaluationConfig"].get("automated") or {}
        sources = asked["inferenceConfig"].get("models") or ()
        if "evaluatorModelConfig" not in automated or not all(
            "precomputedInferenceSource" in source for source in sources
        ):
            raise ServiceError(
                "ValidationException",
                "the embedded Bedrock evaluates given answers by a judge alone: "
                "evaluatorModelConfig and precomputedInferenceSource",
            )
        self._account.check_role(asked["roleArn"], "bedrock.amazonaws.com")
        if not self._account.has_bucket(asked["outputDataConfig"]["s3Uri"]):
            raise ServiceError(
                "ValidationException", "outputDataConfig.s3Uri: there is no such bucket"
            )

    def _get(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            job = self._settled(self._shelf.find(asked["jobIdentifier"], request.region))
        keep = ("roleArn", "applicationType", "evaluationConfig", "inferenceConfig")
        status = job.status(now())
        return {
            "jobName": job.name,
            "jobArn": job.arn,
            "status": status,
            "jobType": "Automated",
            "creationTime": job.created,
            "outputDataConfig": job.asked["outputDataConfig"],
            "failureMessages": [job.failure] if status == "Failed" else None,
            **{key: job.asked.get(key) for key in keep},
        }

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            kept = self._shelf.all_in(request.region)
        at = now()
        found = [
            one
            for one in kept
            if wanted(
                asked, one.thing.name, one.thing.status(at), one.thing.created, "creationTime"
            )
        ]
        jobs, rest = page(found, asked)
        return {"jobSummaries": [_summary(one, at) for one in jobs], "nextToken": rest}

    def _stop(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            job = self._shelf.find(asked["jobIdentifier"], request.region)
            if job.status(now()) != "InProgress":
                raise ServiceError("ConflictException", "The job has ended and cannot be stopped")
            job.stopped = now()
        return {}

    def _settled(self, job: Evaluation) -> Evaluation:
        """The job, its results written once it has completed."""
        if job.status(now()) == "Completed" and not job.written:
            try:
                self._write(job)
            except (JobFailed, ValueError, KeyError, TypeError) as error:
                job.failure = f"the dataset cannot be evaluated: {error}"
            job.written = True
        return job

    def _write(self, job: Evaluation) -> None:
        for judged in job.judged["datasetMetricConfigs"]:
            lines = self._account.read(judged["dataset"]["datasetLocation"]["s3Uri"]).splitlines()
            rows = [_scored(loads(line), judged["metricNames"]) for line in lines if line.strip()]
            out = job.asked["outputDataConfig"]["s3Uri"].rstrip("/")
            last = job.arn.rpartition("/")[2]
            place = f"{job.name}/{last}/taskTypes/{judged['taskType']}/{last}_output.jsonl"
            body = "".join(json.dumps(row) + "\n" for row in rows)
            self._account.write(f"{out}/{place}", body.encode())


def _summary(job: Evaluation, at: datetime) -> dict[str, Any]:
    return {
        "jobArn": job.arn,
        "jobName": job.name,
        "status": job.status(at),
        "creationTime": job.created,
        "jobType": "Automated",
        "evaluationTaskTypes": [one["taskType"] for one in job.judged["datasetMetricConfigs"]],
    }


def _scored(record: Any, metrics: list[str]) -> dict[str, Any]:
    """A line of results, in the shape that Bedrock's have."""
    response = record["modelResponses"][0]["response"]
    rollout = Rollout("", "", (Message("user", record["prompt"]),), response)
    scores = []
    for metric in metrics:
        outcome = _judge(metric).score([rollout])[0]
        value = outcome.value if isinstance(outcome, Score) else None
        said = outcome.details["said"] if isinstance(outcome, Score) else outcome.detail
        details = [{"modelIdentifier": "scripted", "explanation": said}]
        scores.append({"metricName": metric, "result": value, "evaluatorDetails": details})
    return {
        "automatedEvaluationResult": {"scores": scores},
        "inputRecord": {key: record[key] for key in record if key != "modelResponses"},
        "modelResponses": record["modelResponses"],
    }


def _judge(metric: str) -> RubricJudge:
    name = metric.rpartition(".")[2]
    term = RubricTerm(
        name="metric",
        type="rubric",
        model=ScriptedJudge(provider="scripted"),
        criteria=(Criterion(name=name, question=f"{name}?"),),
        record_criteria=None,
    )
    return RubricJudge(term, ScriptedModel())
