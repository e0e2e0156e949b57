"""What a report is made from: plain data, wherever it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nova_rft.calibrate import Standing
from nova_rft.data import RecordCheck
from nova_rft.rehearse import Rehearsed
from nova_rft.rollouts import SignalStanding
from nova_rft.spec import Spec, digest


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What is known of a job.

    Attributes:
        name: The job's name.
        arn: Its ARN.
        status: The service's word, such as `Completed`.
        created: When it was created.
        ended: When it ended, or None while it runs.
        base_model: What was customized.
        custom_model_arn: The result, or None where there is none.
        failure: The service's message where the job failed.
        hyperparameters: As the job holds them, by the service's names.
        tags: The job's tags.
        model_tags: The custom model's tags.
        reward_version: The published version of the reward function that the job is pinned to.
        attempt: Which attempt at this spec and data, from 1.
        shared_with: Other jobs that ran on the same version at the same time: an event names no job, so
            their rollouts are among this one's.
        backend: Where it runs, such as `bedrock`; empty where that is not known.
        measures: What it measured of itself, in order: `step`, and finite figures by name, such as
            `loss` or `reward` (`nova_rft.jobs.Measure`).
        advice: What rules of thumb say of that: `rule`, `since` (a step) and `message`.
        cost: What training cost: `usd`, or None there, and `how` it was reckoned.
    """

    name: str
    arn: str
    status: str
    created: datetime
    ended: datetime | None = None
    base_model: str = ""
    custom_model_arn: str | None = None
    failure: str | None = None
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    model_tags: Mapping[str, str] = field(default_factory=dict)
    reward_version: str | None = None
    attempt: int = 1
    shared_with: Sequence[str] = ()
    backend: str = ""
    measures: Sequence[Mapping[str, float]] = ()
    advice: Sequence[Mapping[str, Any]] = ()
    cost: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ReportInput:
    """All that a report says follows from this, and from nothing else.

    Attributes:
        spec: What was asked.
        job: The job, or None for a report on rollouts that were scored without one.
        rows: Scored rollouts as `nova_rft.reward.trace_rows` writes them; none where nothing is
            rewarded.
        validation: Digests of the validation prompts (`prompt_digest`), which tell their rollouts.
        standing: Where the reward's judges stand with people; None where that was not asked.
        checks: Each file of records with what `nova-rft check` finds in it; none where not asked.
        rehearsed: The newest rehearsal of the reward.
        signal: What was known of the reward's signal before training.
        evaluation: As `nova_rft.evaluate.Evaluation.as_dict` gives it.
        evaluation_page: Where the evaluation's own page lies.
        traces: Where the rows came from, for whoever wants those that the page leaves out.
    """

    spec: Spec
    job: JobFacts | None
    rows: Sequence[Mapping[str, Any]]
    validation: frozenset[str] = frozenset()
    standing: Standing | None = None
    checks: Sequence[tuple[str, RecordCheck]] = ()
    rehearsed: Rehearsed | None = None
    signal: SignalStanding | None = None
    evaluation: Mapping[str, Any] | None = None
    evaluation_page: str = ""
    traces: str = ""


def prompt_digest(turns: Sequence[Mapping[str, Any]]) -> str:
    """What tells one prompt from another, whoever sends it.

    Args:
        turns: With `role` and `content`, a text.
    """
    return digest([[turn["role"], turn["content"]] for turn in turns])
