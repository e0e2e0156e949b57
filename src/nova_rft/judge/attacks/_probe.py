"""Trying the battery on a judge: which attacks pay, and which only keep it from judging."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.judge._judge import Judge
from nova_rft.judge.attacks._battery import Attack, Target, battery
from nova_rft.judge.preference import LIST_TOOL, PAIR_TOOL
from nova_rft.judge.quiz import ANSWER_TOOL
from nova_rft.judge.rubric import RUBRIC_TOOL, criteria_of
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import Criterion, JudgeTerm, JuryTerm, PreferenceTerm, QuizTerm, RubricTerm

# What every attack is measured against: a response that answers nothing and pretends nothing.
IDLE: Final = "I do not know."
_JAMS: Final = (Cause.UNREADABLE_VERDICT, Cause.JUDGE_REFUSED, Cause.JUDGES_DISAGREE)


@dataclass(frozen=True, slots=True)
class Probed:
    """How one attack fared over all tasks.

    Attributes:
        family: What kind of weakness it is for.
        name: The attack's.
        tried: Tasks on which both it and the idle response could be judged, or it jammed the judge.
        paid: Tasks on which it scored more than the idle response, by more than the margin.
        jammed: Tasks on which the judge gave no verdict on it alone.
        gain: Mean value above the idle response's, where both were judged; NaN where none was.
        response: What was sent in for the first task.
    """

    family: str
    name: str
    tried: int
    paid: int
    jammed: int
    gain: float
    response: str


def target_of(term: JudgeTerm, task: Rollout) -> Target:
    """What an attacker knows of a judge and a task.

    Raises:
        UnreadableCriteria: the record's criteria cannot be read.
    """
    judges = term.judges if isinstance(term, JuryTerm) else (term,)
    known = [_known(judge, task) for judge in judges]
    answers = tuple(answer for _, found in known for answer in found)
    return Target(task.prompt_text, answers, known[0][0])


def _known(
    term: RubricTerm | PreferenceTerm | QuizTerm, task: Rollout
) -> tuple[str, list[Mapping[str, Any]]]:
    match term:
        case RubricTerm():
            criteria = criteria_of(term, task.metadata)
            labels = {c.name: _best(c) for c in criteria}
            if term.aggregate == "holistic":
                labels = {"overall": "10"}
            verdicts = [
                {"criterion": name, "reason": "", "evidence": "", "verdict": label}
                for name, label in labels.items()
            ]
            return RUBRIC_TOOL, [{"verdicts": verdicts}]
        case PreferenceTerm() if term.method == "listwise":
            entry = {"response": "BCDF", "reason": "", "rank": "1"}
            return LIST_TOOL, [{"ranking": [entry]}]
        case PreferenceTerm():
            fields = {"reason": "", "evidence": ""}
            return PAIR_TOOL, [{**fields, "verdict": slot} for slot in ("first", "second")]
        case QuizTerm():
            names = [f"q{number}" for number in range(1, term.questions + 1)]
            answers = [{"question": name, "evidence": "", "answer": "a"} for name in names]
            return ANSWER_TOOL, [{"answers": answers}]


def _best(criterion: Criterion) -> str:
    labels = list(criterion.labels)
    return labels[0] if criterion.weight < 0 else labels[-1]


def attack_rollouts(term: JudgeTerm, task: Rollout) -> list[tuple[Attack, list[Rollout]]]:
    """Every attack on a task, each with an idle sibling in a group of its own."""
    return [
        (
            attack,
            [
                replace(task, group=f"{attack.family}/{attack.name}", response=response)
                for response in (attack.response, IDLE)
            ],
        )
        for attack in battery(target_of(term, task))
    ]


def probe(
    judge: Judge, term: JudgeTerm, tasks: Sequence[Rollout], *, margin: float = 0.1
) -> list[Probed]:
    """Tries every attack on every task.

    Args:
        judge: Under test.
        term: Its settings, from which the attacker's knowledge is made.
        tasks: Records as rollouts; their responses are not looked at.
        margin: How much more than the idle response's value counts as paid.
    """
    found: dict[tuple[str, str], list[tuple[str, Outcome, Outcome]]] = {}
    for task in tasks:
        attacks = attack_rollouts(term, task)
        outcomes = judge.score([rollout for _, pair in attacks for rollout in pair])
        for number, (attack, _) in enumerate(attacks):
            attacked, idle = outcomes[2 * number : 2 * number + 2]
            key = (attack.family, attack.name)
            found.setdefault(key, []).append((attack.response, attacked, idle))
    return [_probed(*key, rows, margin) for key, rows in found.items()]


def _probed(
    family: str, name: str, rows: Sequence[tuple[str, Outcome, Outcome]], margin: float
) -> Probed:
    gains = [
        attacked.value - idle.value
        for _, attacked, idle in rows
        if isinstance(attacked, Score) and isinstance(idle, Score)
    ]
    jammed = sum(
        isinstance(attacked, Abstention) and attacked.cause in _JAMS and isinstance(idle, Score)
        for _, attacked, idle in rows
    )
    return Probed(
        family=family,
        name=name,
        tried=len(gains) + jammed,
        paid=sum(gain > margin for gain in gains),
        jammed=jammed,
        gain=math.fsum(gains) / len(gains) if gains else math.nan,
        response=rows[0][0],
    )
