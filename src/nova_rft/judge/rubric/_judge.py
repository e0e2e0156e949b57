"""The rubric judge: makes the questions, has them asked, reads and adds up the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.errors import JudgeError
from nova_rft.judge._ask import ask_all
from nova_rft.judge._judge import abstained, accounts, unreadable
from nova_rft.judge._more import more_for_rubric
from nova_rft.judge._reading import UnreadableVerdict
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest
from nova_rft.judge.rubric._prompt import rubric_request
from nova_rft.judge.rubric._read import Verdict, read_verdicts
from nova_rft.judge.rubric._record import UnreadableCriteria, criteria_of
from nova_rft.judge.rubric._value import Reading, Value, rubric_value, vote
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import Criterion, RubricTerm

_HOLISTIC: Final = {
    1: "it meets none of them",
    4: "it meets few of them",
    7: "it meets most of them, those that matter most included",
    10: "it meets all of them and commits no pitfall",
}


@dataclass(frozen=True, slots=True)
class _Call:
    """One question and the criteria that it asks for."""

    request: JudgeRequest
    criteria: tuple[Criterion, ...]


class RubricJudge:
    """Scores each response by criteria; see `RubricTerm` for the settings."""

    def __init__(self, spec: RubricTerm, model: JudgeModel) -> None:
        self._spec = spec
        self._model = model

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """How far each response meets its criteria; an abstention where that could not be told."""
        plans = [self._plan(rollout) for rollout in rollouts]
        requests = [call.request for plan in plans if isinstance(plan, tuple) for call in plan[1]]
        replies = iter(ask_all(self._model, requests, deadline=deadline))
        return [
            plan
            if isinstance(plan, Abstention)
            else self._outcome(plan[0], plan[1], [next(replies) for _ in plan[1]])
            for plan in plans
        ]

    def _plan(self, rollout: Rollout) -> tuple[tuple[Criterion, ...], list[_Call]] | Abstention:
        try:
            criteria = criteria_of(self._spec, rollout.metadata)
        except UnreadableCriteria as problem:
            return Abstention(Cause.NO_CRITERIA, f"the record's criteria: {problem}")
        if self._spec.aggregate == "holistic":
            criteria = (_overall(criteria),)
        probabilities = self._spec.score_from == "probabilities"
        apart = self._spec.calls == "each" or probabilities
        parts = [(criterion,) for criterion in criteria] if apart else [criteria]
        return criteria, [
            _Call(
                rubric_request(
                    part,
                    rollout,
                    show_reference=self._spec.show_reference,
                    more=self._more(part),
                    sample=sample,
                    probabilities=probabilities,
                ),
                part,
            )
            for part in parts
            for sample in range(self._spec.samples)
        ]

    def _more(self, criteria: Sequence[Criterion]) -> str:
        """What the spec adds to a question; its examples tell nothing of a record's own criteria."""
        term = self._spec
        own = [c.name for c in criteria if c in term.criteria or term.aggregate == "holistic"]
        return more_for_rubric(term.guidance, term.examples, own)

    def _outcome(
        self,
        criteria: Sequence[Criterion],
        calls: Sequence[_Call],
        replies: Sequence[JudgeReply | JudgeError],
    ) -> Outcome:
        verdicts: dict[str, list[Verdict]] = {}
        failure: Abstention | None = None
        for call, reply in zip(calls, replies, strict=True):
            read = self._read(reply, call)
            if isinstance(read, Abstention):
                failure = failure or read
                continue
            for verdict in read:
                verdicts.setdefault(verdict.criterion, []).append(verdict)
        readings = {name: vote(found, self._spec.vote) for name, found in verdicts.items()}
        how = "points" if self._spec.aggregate == "points" else "weighted"
        value = rubric_value(criteria, readings, "points" if how == "points" else "weighted")
        missing = self._too_little(value, how)
        if missing and not value.failed_gates:
            if failure is None:
                return Abstention(Cause.NO_CRITERIA, missing)
            return (
                failure if not readings else replace(failure, detail=f"{missing}: {failure.detail}")
            )
        return Score(
            value.raw,
            {**accounts(self._model, replies), "verdicts": _shown(criteria, readings)},
            metrics={
                "judged": value.judged,
                **{name: reading.share for name, reading in readings.items()},
            },
            failed_gate=", ".join(value.failed_gates),
        )

    def _read(
        self, reply: JudgeReply | JudgeError, call: _Call
    ) -> tuple[Verdict, ...] | Abstention:
        if isinstance(reply, JudgeError):
            return abstained(reply)
        try:
            return read_verdicts(reply, call.request, call.criteria)
        except UnreadableVerdict as problem:
            return unreadable(problem)

    def _too_little(self, value: Value, how: str) -> str:
        """Why the readings do not make a value; empty where they do."""
        if value.unjudged_gates:
            return f"the gate {value.unjudged_gates[0]} could not be judged"
        if how == "points" and value.unjudged_pitfalls:
            # Left out of the points it would be a free pass.
            return f"the pitfall {value.unjudged_pitfalls[0]} could not be judged"
        if value.judged < self._spec.min_judged:
            return f"{value.judged:.0%} of the criteria's weight could be judged"
        return ""


def _overall(criteria: Sequence[Criterion]) -> Criterion:
    """One holistic verdict of 1 to 10 on all criteria (Rubrics as Rewards, implicit aggregation)."""
    listed = "; ".join(
        f"({'pitfall, ' if c.weight < 0 else ''}weight {abs(c.weight):g}) {c.question}"
        for c in criteria
    )
    return Criterion.model_construct(
        name="overall",
        question=f"All in all, how far does the response meet these criteria? {listed}",
        kind="scale",
        anchors=_HOLISTIC,
        evidence="the words that decide most",
        weight=1.0,
        gate=False,
    )


def _shown(criteria: Sequence[Criterion], readings: dict[str, Reading]) -> list[dict[str, Any]]:
    """The verdicts as kept in traces: the first sample's words, all samples' share."""
    return [
        {
            **asdict(readings[criterion.name].verdicts[0]),
            "share": readings[criterion.name].share,
            "met": readings[criterion.name].share >= 0.5,
            "samples": [verdict.label for verdict in readings[criterion.name].verdicts],
        }
        for criterion in criteria
        if criterion.name in readings
    ]
