"""What was asked, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nova_rft.report._input import JobFacts
from nova_rft.report._wording import ADAPTERS, BACKENDS, ON_ABSTAIN, TECHNIQUES, composition
from nova_rft.spec import RewardSpec, Spec
from nova_rft.spec.training import BedrockDistillation, wires


@dataclass(frozen=True, slots=True)
class Setting:
    """A hyperparameter: what the spec asks for and what the job says; None: not stated.

    Attributes:
        name: The service's name for it.
        plain: What it is.
        asked: What the spec says.
        default: What holds where the spec says nothing, as far as the service says it.
        used: What the job holds.
    """

    name: str
    plain: str
    asked: str | None
    default: str | None
    used: str | None


@dataclass(frozen=True, slots=True)
class AskedReward:
    """What the spec says of the reward."""

    range: tuple[float, float]
    composition: str
    on_abstain: str
    on_abstain_plain: str
    trace_share: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What the spec asks for; its reward is None where nothing is rewarded."""

    project: str
    stage: str
    technique: str
    technique_plain: str
    backend: str
    backend_plain: str
    model: str
    adapter: str
    teacher: str | None
    resume_from: str | None
    region: str | None
    train: str
    validation: str | None
    settings: list[Setting]
    reward: AskedReward | None


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
