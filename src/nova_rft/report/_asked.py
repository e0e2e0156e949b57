"""What was asked and what is known of the job, as plain data."""

from __future__ import annotations

from datetime import UTC, datetime

from nova_rft.report._input import JobFacts
from nova_rft.report._summary import Asked, JobSummary, Setting
from nova_rft.report._wording import ON_ABSTAIN, composition
from nova_rft.spec import Spec
from nova_rft.spec.training import wires


def asked(spec: Spec, job: JobFacts | None) -> Asked:
    """What the spec asks for, beside what the job holds."""
    return Asked(
        project=spec.project,
        stage=spec.stage,
        technique=spec.technique,
        backend=spec.backend,
        model=spec.model,
        region=spec.region,
        settings=_settings(spec, job),
        range=spec.required_reward.range,
        composition=composition(spec.required_reward),
        on_abstain=spec.required_reward.on_abstain.value,
        on_abstain_plain=ON_ABSTAIN[spec.required_reward.on_abstain],
        trace_share=spec.required_reward.trace_share,
    )


def _settings(spec: Spec, job: JobFacts | None) -> list[Setting]:
    used = dict(job.hyperparameters) if job else {}
    rows = []
    for field, wire in wires(type(spec.training)).items():
        value = getattr(spec.training, field)
        asked_for = f"{value:g}" if isinstance(value, float) else value and str(value)
        rows.append(Setting(wire.known, wire.what, asked_for, used.pop(wire.known, None)))
    # What the job holds and the spec cannot say is shown too.
    return rows + [Setting(name, "", None, value) for name, value in sorted(used.items())]


def job_summary(job: JobFacts) -> JobSummary:
    """A job with its times as texts and its duration."""
    lasted = (_utc(job.ended) - _utc(job.created)).total_seconds() if job.ended else None
    return JobSummary(
        name=job.name,
        arn=job.arn,
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
