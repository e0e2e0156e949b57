"""Following jobs: look one up, list them, read live metrics, stop."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from nova_rft.aws.customization import find_job, list_jobs, stop_job, tags_of
from nova_rft.aws.metrics import MetricQuery, Point, read_metrics
from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError
from nova_rft.jobs._job import Job, iso, job_from_bedrock
from nova_rft.jobs.requests import VERSION_TAG
from nova_rft.spec import Spec

# Periods that CloudWatch knows, in seconds; below 60 for high-resolution metrics alone.
_PERIODS: Final = (1, 5, 10, 30, 60, 300, 3600, 21_600)
_POINTS: Final = 60
# CloudWatch keeps high-resolution points for three hours.
_HIGH_RESOLUTION_FOR: Final = timedelta(hours=3)

_MEAN: Final = MetricQuery("Reward", "Average")
_WORDS: Final = MetricQuery("ResponseWords", "Average")
_ABSTENTIONS: Final = MetricQuery("Abstentions", "Sum")
_ROLLOUTS: Final = MetricQuery("Rollouts", "Sum")


@dataclass(frozen=True, slots=True)
class Live:
    """What is known of a job while it trains, from the metrics of its reward Lambda.

    Attributes:
        job: As Bedrock tells it.
        reward: Mean reward in each period, in order of time.
        words: Mean length of the responses in each period, in words.
        rollouts: Rollouts scored so far, validation included.
        abstentions: How many of them could not be scored.
        expected: Training rollouts that the request asks for, where that is known.
        terms: Mean raw value of each term in each period, by its name.
        shared_with: Other jobs whose rollouts are among these.
        examples: Rows of the newest event that was kept: the best rollout first, the worst last.
    """

    job: Job
    reward: Sequence[Point] = ()
    words: Sequence[Point] = ()
    rollouts: int = 0
    abstentions: int = 0
    expected: int | None = None
    terms: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    shared_with: Sequence[str] = ()
    examples: Sequence[Mapping[str, Any]] = ()

    def as_dict(self) -> dict[str, Any]:
        """The state as documented for `watch --json`."""
        return {
            "job": self.job.as_dict(),
            "reward": _points(self.reward),
            "response_words": _points(self.words),
            "rollouts": self.rollouts,
            "abstentions": self.abstentions,
            "expected_rollouts": self.expected,
            "terms": {name: _points(points) for name, points in self.terms.items()},
            "shared_with": list(self.shared_with),
        }


def _points(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [{"at": iso(point.at), "value": point.value} for point in points]


def get_job(aws: Aws, spec: Spec, name: str | None = None) -> Job:
    """A job by name or ARN; without one, the project's newest.

    Raises:
        UsageError: there is no such job.
    """
    if name is None:
        newest = next(iter(list_jobs(aws, name_contains=_prefix(spec))), None)
        if newest is None:
            raise UsageError(
                f"{spec.project} ({spec.stage}) has no job in {aws.region}; "
                "submit one: `nova-rft submit`"
            )
        name = str(newest["jobArn"])
    found = find_job(aws, name)
    if found is None:
        raise UsageError(f"{name}: no such job in {aws.region}; `nova-rft jobs` lists them")
    return job_from_bedrock(found, tags_of(aws, found["jobArn"]))


def all_jobs(aws: Aws, spec: Spec) -> list[dict[str, Any]]:
    """The project's jobs, the newest first, as documented for `jobs --json`."""
    return [
        {
            "name": summary["jobName"],
            "arn": summary["jobArn"],
            "status": summary["status"],
            "created": iso(summary["creationTime"]),
            "ended": iso(summary["endTime"]) if summary.get("endTime") else None,
            "custom_model_arn": summary.get("customModelArn"),
        }
        for summary in list_jobs(aws, name_contains=_prefix(spec))
    ]


def overlapping(aws: Aws, spec: Spec, job: Job, *, now: datetime | None = None) -> list[str]:
    """Other jobs of the project that ran on the same version of the reward at the same time.

    A reward event names no job, so their rollouts and metrics cannot be told from this one's.
    """
    until = job.ended or now or datetime.now(UTC)
    found = []
    for other in list_jobs(aws, name_contains=_prefix(spec)):
        ended = other.get("endTime")
        apart = other["creationTime"] > until or (ended is not None and ended < job.created)
        if other["jobArn"] == job.arn or apart:
            continue
        if tags_of(aws, other["jobArn"]).get(VERSION_TAG) == job.tags.get(VERSION_TAG):
            found.append(str(other["jobName"]))
    return found


def _prefix(spec: Spec) -> str:
    return f"{spec.project}-{spec.stage}-"


def stop(aws: Aws, job: Job) -> None:
    """Asks for a job to be stopped.

    Raises:
        UsageError: it has ended already.
    """
    if job.status.ended:
        raise UsageError(f"{job.name} has ended already ({job.status}); nothing to stop")
    stop_job(aws, job.arn)


def live(aws: Aws, spec: Spec, job: Job, *, now: datetime | None = None) -> Live:
    """The job's live values: what its reward Lambda emitted since it was created.

    An event names no job, so jobs that overlap on one version of the reward share these values.
    """
    moment = now or datetime.now(UTC)
    end = min(job.ended + timedelta(minutes=1), moment) if job.ended else moment
    version = (job.reward_version_arn or "").rsplit(":", 1)[-1]
    terms = {t.name: MetricQuery(f"Term.{t.name}", "Average") for t in spec.required_reward.terms}
    period = _period(end - job.created, moment - job.created)
    found = read_metrics(
        aws,
        [_MEAN, _WORDS, _ABSTENTIONS, _ROLLOUTS, *terms.values()],
        dimensions={"Project": spec.project, "Version": version},
        start=_floor(job.created, period),
        end=_floor(end, period) + timedelta(seconds=period),
        period_s=period,
    )
    return Live(
        job,
        reward=found[_MEAN],
        words=found[_WORDS],
        rollouts=_total(found[_ROLLOUTS]),
        abstentions=_total(found[_ABSTENTIONS]),
        expected=expected_rollouts(job.hyperparameters, job.tags),
        terms={name: found[query] for name, query in terms.items()},
    )


def _total(points: Sequence[Point]) -> int:
    return round(math.fsum(point.value for point in points))


def _period(length: timedelta, age: timedelta) -> int:
    usable = [p for p in _PERIODS if p >= 60 or age < _HIGH_RESOLUTION_FOR]
    return next((p for p in usable if length.total_seconds() / p <= _POINTS), usable[-1])


def _floor(moment: datetime, period: int) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // period * period, tz=UTC)


def expected_rollouts(hyperparameters: Mapping[str, Any], tags: Mapping[str, str]) -> int | None:
    """Training rollouts that a job draws, where records, samples and epochs are all told."""
    try:
        return (
            int(tags["nova-rft:records"])
            * int(hyperparameters["trainingSamplePerPrompt"])
            * int(hyperparameters["epochCount"])
        )
    except (KeyError, ValueError):
        return None
