"""A job: the same object wherever it runs; its truth is in AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Where a job stands; Bedrock's own words."""

    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (Status.COMPLETED, Status.FAILED, Status.STOPPED)


@dataclass(frozen=True, slots=True)
class Job:
    """One customization job, as AWS tells it.

    Attributes:
        name: Unique in the account and region.
        arn: Its address.
        status: Where it stands.
        phases: Status of its phases (`validation`, `dataProcessing`, `training`).
        created: When it was submitted (UTC).
        updated: When it last changed (UTC), where told.
        ended: When it ended (UTC), where it has.
        base_model: ARN of the model it starts from.
        custom_model: Name of the model it makes.
        custom_model_arn: Its ARN, once there is one.
        failure: Why it failed, in AWS's words.
        hyperparameters: As submitted; those left out took the service's default.
        reward_version_arn: The published version of the reward Lambda it is pinned to.
        training_uri: Its training records.
        output_uri: Where it writes.
        tags: On the job.
    """

    name: str
    arn: str
    status: Status
    created: datetime
    base_model: str
    custom_model: str
    phases: Mapping[str, str] = field(default_factory=dict)
    updated: datetime | None = None
    ended: datetime | None = None
    custom_model_arn: str | None = None
    failure: str | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    reward_version_arn: str | None = None
    training_uri: str | None = None
    output_uri: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The job as documented for `--json`; times in ISO 8601 UTC."""
        return {
            key: iso(value) if isinstance(value, datetime) else value
            for key, value in asdict(self).items()
        }


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, such as `2026-11-01T12:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def job_from_bedrock(found: Mapping[str, Any], tags: Mapping[str, str]) -> Job:
    """A job from the answer of GetModelCustomizationJob."""
    rft = found.get("customizationConfig", {}).get("rftConfig", {})
    grader = rft.get("graderConfig", {}).get("lambdaGrader", {})
    return Job(
        name=found["jobName"],
        arn=found["jobArn"],
        status=Status(found["status"]),
        created=found["creationTime"],
        base_model=found["baseModelArn"],
        custom_model=found["outputModelName"],
        phases={
            key.removesuffix("Details"): phase["status"]
            for key, phase in found.get("statusDetails", {}).items()
            if "status" in phase
        },
        updated=found.get("lastModifiedTime"),
        ended=found.get("endTime"),
        custom_model_arn=found.get("outputModelArn"),
        failure=found.get("failureMessage") or None,
        hyperparameters=rft.get("hyperParameters", {}) or found.get("hyperParameters", {}),
        reward_version_arn=grader.get("lambdaArn"),
        training_uri=found.get("trainingDataConfig", {}).get("s3Uri"),
        output_uri=found.get("outputDataConfig", {}).get("s3Uri"),
        tags=dict(tags),
    )
