"""Following jobs: look one up, list them, read live metrics, stop, adopt."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from nova_rft.aws.metrics import MetricQuery, Point, read_metrics
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, list_keys, put
from nova_rft.errors import UsageError
from nova_rft.jobs._advice import Advice, advise
from nova_rft.jobs._cost import Cost, cost_so_far
from nova_rft.jobs._job import Job, Listed, Status, iso
from nova_rft.jobs._measures import Measure
from nova_rft.jobs.backends import Wanted, backend_of
from nova_rft.jobs.requests import PROJECT_TAG, RECORDS_TAG, STAGE_TAG
from nova_rft.spec import VERSION_DIMENSION, RewardMetric, Spec, term_metric

# Periods that CloudWatch knows, in seconds; below 60 for high-resolution metrics alone.
_PERIODS: Final = (1, 5, 10, 30, 60, 300, 3600, 21_600)
_POINTS: Final = 60
# CloudWatch keeps high-resolution points for three hours.
_HIGH_RESOLUTION_FOR: Final = timedelta(hours=3)
_ADOPTED: Final = "adopted/"

_MEAN: Final = MetricQuery(RewardMetric.REWARD, "Average")
_WORDS: Final = MetricQuery(RewardMetric.RESPONSE_WORDS, "Average")
_ABSTENTIONS: Final = MetricQuery(RewardMetric.ABSTENTIONS, "Sum")
_ROLLOUTS: Final = MetricQuery(RewardMetric.ROLLOUTS, "Sum")


@dataclass(frozen=True, slots=True)
class Live:
    """What is known of a job while it trains.

    Attributes:
        job: As its service tells it.
        reward: Mean reward in each period, in order of time, from the reward Lambda's metrics.
        words: Mean length of the responses in each period, in words.
        rollouts: Rollouts scored so far, validation included.
        abstentions: How many of them could not be scored.
        expected: Training rollouts that the request asks for, where that is known.
        terms: Mean raw value of each term in each period, by its name.
        shared_with: Other jobs whose rollouts are among these.
        examples: Rows of the newest event that was kept: the best rollout first, the worst last.
        measures: What the job measured of itself, step by step.
        advice: What AWS's rules of thumb say of that.
        cost: What training cost so far, by the spec's prices.
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
    measures: Sequence[Measure] = ()
    advice: Sequence[Advice] = ()
    cost: Cost | None = None

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
            "measures": [one.as_dict() for one in self.measures],
            "advice": [one.as_dict() for one in self.advice],
            "cost": self.cost.as_dict() if self.cost else None,
        }


def _points(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [{"at": iso(point.at), "value": point.value} for point in points]


class NoJob(UsageError):
    """The project has no job yet."""


def get_job(aws: Aws, spec: Spec, name: str | None = None) -> Job:
    """A job by name or address; without one, the project's newest.

    Raises:
        NoJob: none is named, and there is none.
        UsageError: there is no such job.
    """
    backend = backend_of(spec.backend, aws)
    if name is None:
        newest = next(iter(backend.jobs(Wanted(prefix(spec)))), None)
        if newest is None:
            raise NoJob(
                f"{spec.project} ({spec.stage}) has no job in {aws.region}; "
                "submit one: `nova-rft submit`"
            )
        name = newest.arn
    found = backend.find(name)
    if found is None:
        raise UsageError(f"{name}: no such job in {aws.region}; `nova-rft jobs` lists them")
    return found


def all_jobs(
    aws: Aws,
    spec: Spec,
    *,
    status: Status | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
    limit: int | None = None,
    bucket: str | None = None,
) -> list[Listed]:
    """The project's jobs, the newest first.

    Args:
        aws: The account and region.
        spec: The project.
        status: Only jobs that stand there.
        after: Only jobs created after this moment.
        before: Only jobs created before this moment.
        limit: So many at most; pages beyond are not asked for.
        bucket: The output bucket, which knows adopted jobs too.
    """
    wanted = Wanted(prefix(spec), status, after, before)
    own = list(islice(backend_of(spec.backend, aws).jobs(wanted), limit))
    theirs = [job for job in adopted(aws, spec, bucket) if _wants(wanted, job)] if bucket else []
    known = {job.arn for job in own}
    both = [*own, *(job for job in theirs if job.arn not in known)]
    return sorted(both, key=lambda job: job.created, reverse=True)[:limit]


def _wants(wanted: Wanted, job: Listed) -> bool:
    # A job that was started elsewhere has a name of its own.
    return Wanted("", wanted.status, wanted.after, wanted.before).holds(job)


def adopt(aws: Aws, spec: Spec, bucket: str, name_or_arn: str) -> Job:
    """Takes in a job that was started elsewhere: it is listed, watched and reported on from now on.

    Raises:
        UsageError: there is no such job, or another project of nova_rft made it.
    """
    job = get_job(aws, spec, name_or_arn)
    owner = job.tags.get(PROJECT_TAG), job.tags.get(STAGE_TAG)
    if owner not in ((None, None), (spec.project, spec.stage)):
        raise UsageError(f"{job.name} belongs to {owner[0]} ({owner[1]}); watch it from there")
    backend = backend_of(spec.backend, aws)
    if spec.backend != "bedrock-openai":
        backend.tag(job, {PROJECT_TAG: spec.project, STAGE_TAG: spec.stage})
    body = json.dumps({"name": job.name, "arn": job.arn}).encode()
    put(aws, bucket, f"{_ADOPTED}{spec.stack_name(job.name)}.json", body)
    return job


def adopted(aws: Aws, spec: Spec, bucket: str) -> Iterator[Listed]:
    """The jobs that were taken in; those that are gone are passed over."""
    backend = backend_of(spec.backend, aws)
    for key in list_keys(aws, bucket, f"{_ADOPTED}{prefix(spec)}"):
        found = backend.find(json.loads(get(aws, bucket, key))["arn"])
        if found is not None:
            yield Listed(
                name=found.name,
                arn=found.arn,
                backend=found.backend,
                status=found.status,
                created=found.created,
                ended=found.ended,
                updated=found.updated,
                custom_model_arn=found.custom_model_arn,
            )


def overlapping(aws: Aws, spec: Spec, job: Job, *, now: datetime | None = None) -> list[str]:
    """Other jobs of the project that ran on the same version of the reward at the same time.

    A reward event names no job, so their rollouts and metrics cannot be told from this one's.
    """
    if not job.reward_version:
        return []
    until = job.ended or now or datetime.now(UTC)
    backend = backend_of(spec.backend, aws)
    found = []
    for other in backend.jobs(Wanted(prefix(spec), before=until)):
        apart = other.ended is not None and other.ended < job.created
        if other.arn == job.arn or apart:
            continue
        twin = backend.find(other.arn)
        if twin is not None and twin.reward_version == job.reward_version:
            found.append(other.name)
    return found


def prefix(spec: Spec) -> str:
    """What the names of a project's jobs begin with."""
    return f"{spec.project}-{spec.stage}-"


def stop(aws: Aws, spec: Spec, job: Job) -> None:
    """Asks for a job to be stopped.

    Raises:
        UsageError: it has ended already.
    """
    if job.status.ended:
        raise UsageError(f"{job.name} has ended already ({job.status}); nothing to stop")
    backend_of(spec.backend, aws).stop(job)


def live(aws: Aws, spec: Spec, job: Job, *, now: datetime | None = None) -> Live:
    """What a job says of itself, and what its reward Lambda emitted since it was created.

    An event names no job, so jobs that overlap on one version of the reward share its metrics.
    """
    moment = now or datetime.now(UTC)
    measures = backend_of(spec.backend, aws).measures(job)
    known = Live(
        job,
        expected=expected_rollouts(job.hyperparameters, job.tags),
        measures=measures,
        advice=advise(measures, spec),
        cost=cost_so_far(job, spec, moment),
    )
    return _with_reward(aws, spec, known, moment) if job.reward_version else known


def _with_reward(aws: Aws, spec: Spec, known: Live, moment: datetime) -> Live:
    job = known.job
    end = min(job.ended + timedelta(minutes=1), moment) if job.ended else moment
    asked = spec.reward.terms if spec.reward else ()
    terms = {t.name: MetricQuery(term_metric(t.name), "Average") for t in asked}
    period = _period(end - job.created, moment - job.created)
    found = read_metrics(
        aws,
        [_MEAN, _WORDS, _ABSTENTIONS, _ROLLOUTS, *terms.values()],
        dimensions={
            "Project": spec.project,
            "Stage": spec.stage,
            VERSION_DIMENSION: job.reward_version,
        },
        start=_floor(job.created, period),
        end=_floor(end, period) + timedelta(seconds=period),
        period_s=period,
    )
    return replace(
        known,
        reward=found[_MEAN],
        words=found[_WORDS],
        rollouts=_total(found[_ROLLOUTS]),
        abstentions=_total(found[_ABSTENTIONS]),
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
            int(tags[RECORDS_TAG])
            * int(hyperparameters["trainingSamplePerPrompt"])
            * int(hyperparameters["epochCount"])
        )
    except (KeyError, ValueError):
        return None
