"""What was asked and what is known of the job, as plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nova_rft.report._input import JobFacts
from nova_rft.report._summary import Asked, AskedReward, JobSummary, Setting
from nova_rft.report._wording import ADAPTERS, BACKENDS, ON_ABSTAIN, TECHNIQUES, composition
from nova_rft.spec import RewardSpec, Spec
from nova_rft.spec.training import BedrockDistillation, wires


def asked(spec: Spec, job: JobFacts | None, reward: RewardSpec | None) -> Asked:
    """What the spec asks for, beside what the job holds; reward None: nothing is rewarded."""
    training = spec.training
    return Asked(
        project=spec.project,
        stage=spec.stage,
        technique=spec.technique,
        technique_plain=TECHNIQUES[spec.technique],
        backend=spec.backend,
        backend_plain=BACKENDS[spec.backend],
        model=spec.model,
        adapter=ADAPTERS[spec.cell.adapter],
        teacher=training.teacher if isinstance(training, BedrockDistillation) else None,
        resume_from=spec.resume_from,
        region=spec.region,
        train=spec.data.train,
        validation=spec.data.validation,
        settings=_settings(spec, job),
        reward=_reward(reward) if reward else None,
    )


def _reward(reward: RewardSpec) -> AskedReward:
    return AskedReward(
        range=reward.range,
        composition=composition(reward),
        on_abstain=reward.on_abstain.value,
        on_abstain_plain=ON_ABSTAIN[reward.on_abstain],
        trace_share=reward.trace_share,
    )


def _settings(spec: Spec, job: JobFacts | None) -> list[Setting]:
    used = dict(job.hyperparameters) if job else {}
    settled = spec.training.settled()
    rows = []
    for field, wire in wires(type(spec.training)).items():
        value, said = _text(settled[field][0]), settled[field][1]
        rows.append(
            Setting(
                name=wire.known,
                plain=wire.what,
                asked=value if said else None,
                default=None if said else value,
                used=used.pop(wire.known, None),
            )
        )
    # What the job holds and the spec cannot say is shown too.
    return rows + [Setting(name, "", None, None, value) for name, value in sorted(used.items())]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return None if value is None else str(value)


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
