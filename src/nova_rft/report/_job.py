"""What is known of the job, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from nova_rft.report._input import JobFacts


@dataclass(frozen=True, slots=True)
class JobSummary:
    """What is known of the job; times are ISO 8601 UTC."""

    name: str
    arn: str
    backend: str
    status: str
    created: str
    ended: str | None
    duration_s: float | None
    base_model: str
    custom_model_arn: str | None
    failure: str | None
    reward_version: str | None
    attempt: int
    hyperparameters: dict[str, str]
    tags: dict[str, str]
    model_tags: dict[str, str]


def job_summary(job: JobFacts) -> JobSummary:
    """A job with its times as texts and its duration."""
    lasted = (_utc(job.ended) - _utc(job.created)).total_seconds() if job.ended else None
    return JobSummary(
        name=job.name,
        arn=job.arn,
        backend=job.backend,
        status=job.status,
        created=_iso(job.created),
        ended=_iso(job.ended) if job.ended else None,
        duration_s=lasted,
        base_model=job.base_model,
        custom_model_arn=job.custom_model_arn,
        failure=job.failure,
        reward_version=job.reward_version,
        attempt=job.attempt,
        hyperparameters=dict(sorted(job.hyperparameters.items())),
        tags=dict(sorted(job.tags.items())),
        model_tags=dict(sorted(job.model_tags.items())),
    )


def _utc(when: datetime) -> datetime:
    # A time without a zone is taken as UTC, as every time in this project is.
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def _iso(when: datetime) -> str:
    return _utc(when).isoformat(timespec="seconds").replace("+00:00", "Z")
