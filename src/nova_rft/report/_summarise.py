"""From scored rollouts to all that a report says."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from nova_rft.grpo import TOLERANCE, correlation_within
from nova_rft.report import _says as says
from nova_rft.report._asked import AskedReward, asked
from nova_rft.report._checked import checked
from nova_rft.report._columns import Columns, Floats, Ints, Row, read_columns
from nova_rft.report._compared import compared
from nova_rft.report._conclusion import Conclusion, conclusion
from nova_rft.report._costs import costs
from nova_rft.report._examples import cut, pick, scored_indices
from nova_rft.report._gates import gate_summaries, often
from nova_rft.report._input import JobFacts, ReportInput, prompt_digest
from nova_rft.report._job import job_summary
from nova_rft.report._judged import judged
from nova_rft.report._measure import (
    histogram,
    length_histogram,
    over_time,
    signal_of,
    spread,
)
from nova_rft.report._measured import advised, cost_summary, measured
from nova_rft.report._notices import notices, pretended, was_recorded
from nova_rft.report._pairs import pairs
from nova_rft.report._reading import reading
from nova_rft.report._rehearsed import rehearsal_summary
from nova_rft.report._sampling import about_sampling
from nova_rft.report._shown import Example
from nova_rft.report._summary import AbstentionSummary, Lengths, Statement, Summary, Validation
from nova_rft.report._terms import judges_beside_verifiers, term_summaries
from nova_rft.report._wording import cause_in_words
from nova_rft.spec import Combine, RewardSpec

_READ: Final = 6
_READ_LENGTHS: Final = 3
_READ_ABSTAINED: Final = 2
_DETAILS: Final = 3


def summarise(given: ReportInput) -> Summary:
    """Everything that the page and the terminal show, as plain data.

    Means and distributions are over the rollouts that were scored; what stands in for an abstention
    is no reward. Groups without signal are counted by what went to the trainer, stand-ins included,
    since that is what it learns from.

    Raises:
        UsageError: a row is not one that the reward function's traces hold, or there are rows and the
            spec has no reward.
    """
    reward = _reward_of(given)
    training, held_out = _split(given)
    columns = read_columns(reward.terms if reward else (), training)
    reward_N = columns.wire_N[columns.scored_N]
    best, best_ties = _extremes(columns, -1)
    worst, worst_ties = _extremes(columns, 1)
    job = given.job
    terms = term_summaries(reward, columns) if reward else []
    paid = cost_summary(job.cost) if job else None
    found = compared(given.evaluation, given.evaluation_page)
    summary = Summary(
        asked=asked(given.spec, job, reward),
        conclusion=Conclusion("", "plain", "", "", []),
        checked=checked(given.checks),
        rehearsed=rehearsal_summary(given.rehearsed) if reward else None,
        known_signal=given.signal if reward else None,
        compared=found,
        costs=costs(reward, terms, paid, found),
        job=job_summary(job) if job else None,
        notices=notices(job, columns),
        says=[],
        measures=[dict(step) for step in job.measures] if job else [],
        measured=measured(job.measures) if job else [],
        advice=advised(job.advice) if job else [],
        cost=paid,
        rollouts=len(columns.rows),
        scored=int(columns.scored_N.sum()),
        prompts=len({row["group"] for row in columns.rows}),
        first_at=str(columns.rows[0]["at"]) if columns.rows else None,
        last_at=str(columns.rows[-1]["at"]) if columns.rows else None,
        versions=sorted({str(row["version"]) for row in columns.rows if row.get("version")}),
        reward=spread(reward_N),
        histogram=histogram(reward_N, *reward.range, bins=36) if reward else None,
        clipped=_clipped(columns, reward) if reward else (0, 0),
        signal=signal_of(columns.wire_N, columns.group_N),
        over_time=over_time(columns),
        terms=terms,
        gates=gate_summaries(reward, columns.rows) if reward else [],
        beside=judges_beside_verifiers(reward, columns) if reward else [],
        judged=judged(given.standing) if reward else [],
        validation=_validation(reward, held_out) if reward else None,
        lengths=_lengths(columns),
        best=best,
        best_ties=best_ties,
        worst=worst,
        worst_ties=worst_ties,
        abstentions=_abstentions(columns),
        pairs=pairs(columns, terms),
        reading=reading(columns, reward, terms, given.traces) if reward else None,
    )
    summary.says.extend(_statements(summary, job))
    summary.says.extend(about_sampling(columns, reward))
    return replace(summary, conclusion=conclusion(summary, trained=not pretended(job)))


def _reward_of(given: ReportInput) -> RewardSpec | None:
    """The reward that this is about; None where training knows none, whatever records are scored by."""
    rewarded = given.spec.technique == "rft" or given.rows
    return given.spec.required_reward if rewarded else None


def _statements(summary: Summary, job: JobFacts | None) -> list[Statement]:
    reward = summary.asked.reward
    return [
        *says.about_job(summary.job, rewarded=reward is not None, trained=not pretended(job)),
        *says.about_measures(summary.measured, summary.job, rewarded=reward is not None),
        *says.about_calibration(summary.judged),
        *(_about_rollouts(summary, reward, recorded=was_recorded(job)) if reward else ()),
        *says.about_cost(summary.cost, summary.job),
    ]


def _about_rollouts(summary: Summary, reward: AskedReward, *, recorded: bool) -> list[Statement]:
    rollouts = summary.rollouts
    return [
        *says.about_reward(reward, summary.reward, rollouts, summary.prompts, summary.clipped),
        *(Statement("warning", text) for text in often(summary.gates)),
        *says.about_signal(summary.signal, summary.terms),
        *says.about_terms(summary.signal, summary.terms),
        *says.about_time(summary.over_time, recorded=recorded),
        *says.about_validation(summary.validation),
        *says.about_lengths(summary.lengths),
        *says.about_repetition(summary.over_time),
        *says.about_judges(summary.beside),
        *says.about_abstentions(reward, summary.abstentions, rollouts),
    ]


def _extremes(columns: Columns, sign: int) -> tuple[list[Example], int]:
    """Rollouts of the least signed reward to read, and how many share it."""
    found = scored_indices(columns)
    if not found.size:
        return [], 0
    signed = sign * columns.wire_N
    ties = int(np.sum(signed[found] <= signed[found].min() + TOLERANCE))
    return pick(columns, found, lambda index: float(signed[index]), _READ), ties


def _split(given: ReportInput) -> tuple[list[Row], list[Row]]:
    """Rollouts of training prompts, and of validation prompts: an event does not say which it is."""
    training: list[Row] = []
    held_out: list[Row] = []
    for row in given.rows:
        told = given.validation and "prompt" in row
        inside = told and prompt_digest(row["prompt"]) in given.validation
        (held_out if inside else training).append(row)
    return training, held_out


def _validation(reward: RewardSpec, rows: list[Row]) -> Validation | None:
    if not rows:
        return None
    columns = read_columns(reward.terms, rows)
    return Validation(len(rows), spread(columns.wire_N[columns.scored_N]), over_time(columns))


def _clipped(columns: Columns, reward: RewardSpec) -> tuple[int, int]:
    """Scored rollouts whose terms add up to less or more than the range, where it cuts off."""
    if reward.combine is not Combine.WEIGHTED_SUM or reward.scale != "clip":
        return 0, 0
    total_N: Floats = np.zeros(len(columns.rows))
    for column in columns.terms.values():
        total_N = total_N + np.nan_to_num(column.weighted_N)
    total_N = total_N[columns.scored_N]
    low, high = reward.range
    return int(np.sum(total_N < low - TOLERANCE)), int(np.sum(total_N > high + TOLERANCE))


def _lengths(columns: Columns) -> Lengths | None:
    values, counts = spread(columns.length_N), length_histogram(columns.length_N)
    if values is None or counts is None:
        return None
    everyone: Ints = np.arange(len(columns.rows))
    scored = columns.scored_N
    length_N = columns.length_N.astype(np.float64)
    return Lengths(
        unit=columns.unit.value,
        values=values,
        histogram=counts,
        correlation=correlation_within(
            length_N[scored], columns.wire_N[scored], columns.group_N[scored]
        ),
        longest=pick(columns, everyone, lambda index: -float(length_N[index]), _READ_LENGTHS),
        shortest=pick(columns, everyone, lambda index: float(length_N[index]), _READ_LENGTHS),
    )


def _abstentions(columns: Columns) -> list[AbstentionSummary]:
    by_cause: dict[str, list[int]] = {}
    for index in np.flatnonzero(~columns.scored_N):
        by_cause.setdefault(columns.rows[index]["abstained"]["cause"], []).append(int(index))
    found = [
        AbstentionSummary(
            cause=cause,
            plain=cause_in_words(cause),
            count=len(indices),
            details=_most_common(columns, indices),
            examples=pick(columns, np.array(indices, np.intp), lambda _: 0.0, _READ_ABSTAINED),
        )
        for cause, indices in by_cause.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.cause))


def _most_common(columns: Columns, indices: list[int]) -> list[str]:
    counts: dict[str, int] = {}
    for index in indices:
        detail = str(columns.rows[index]["abstained"]["detail"])
        counts[detail] = counts.get(detail, 0) + 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [cut(detail, 300) for detail, _ in ranked[:_DETAILS]]
