"""A job: the same object wherever it runs; its truth is in AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from nova_rft.jobs.requests import VERSION_TAG


class Status(StrEnum):
    """Where a job stands; Bedrock's own words, whatever the backend."""

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
class Listed:
    """One line of a list of jobs: what a service tells without being asked for each.

    Attributes:
        name: Unique in the account and region.
        arn: Its address: an ARN, or the id that the OpenAI-compatible API gave it.
        backend: Such as `bedrock`.
        status: Where it stands.
        created: When it was submitted (UTC).
        ended: When it ended (UTC), where it has.
        updated: When it last changed (UTC), where told.
        custom_model_arn: The model that it made, where told.
    """

    name: str
    arn: str
    backend: str
    status: Status
    created: datetime
    ended: datetime | None = None
    updated: datetime | None = None
    custom_model_arn: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The line as documented for `jobs --json`; times in ISO 8601 UTC."""
        return _plain(asdict(self))


@dataclass(frozen=True, slots=True)
class Job:
    """One customization job, as AWS tells it.

    Attributes:
        name: Unique in the account and region.
        arn: Its address: an ARN, or the id that the OpenAI-compatible API gave it.
        backend: Such as `bedrock`.
        status: Where it stands.
        phases: Status of its phases, by the service's names.
        created: When it was submitted (UTC).
        updated: When it last changed (UTC), where told.
        ended: When it ended (UTC), where it has.
        base_model: The model that it starts from, as the service names it.
        custom_model: Name of the model it makes.
        custom_model_arn: Its address, once there is one.
        failure: Why it failed, in AWS's words.
        hyperparameters: As submitted; those left out took the service's default.
        reward_version_arn: The published version of the reward Lambda it is pinned to.
        training_uri: Its training records.
        output_uri: Where it writes.
        billed_tokens: Tokens that the service bills so far, where it says.
        instances: Instances of its own, where it has any.
        tags: On the job.
    """

    name: str
    arn: str
    backend: str
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
    billed_tokens: int | None = None
    instances: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def reward_version(self) -> str:
        """The number of the reward's version; empty where there is none."""
        pinned = self.reward_version_arn or self.tags.get(VERSION_TAG, "")
        return pinned.rsplit(":", 1)[-1]

    def as_dict(self) -> dict[str, Any]:
        """The job as documented for `--json`; times in ISO 8601 UTC."""
        return _plain(asdict(self))


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, such as `2026-11-01T12:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: iso(value) if isinstance(value, datetime) else value for key, value in values.items()
    }
