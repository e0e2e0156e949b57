"""What a reward needs of the records: rules that are applied before anything is spent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_rft.data import (
    Problem,
    RecordRule,
    RftCheck,
    check_rft,
    json_lines,
    other_fields,
    read_bytes_lines,
    record_rollout,
)
from nova_rft.judge.preference import comparisons_of
from nova_rft.judge.quiz import UnreadableQuiz, quiz_problem, ready_quiz
from nova_rft.judge.rubric import UnreadableCriteria, criteria_of
from nova_rft.spec import (
    MathTerm,
    PreferenceTerm,
    QuizTerm,
    RewardSpec,
    RubricTerm,
    TermSpec,
    single_judges,
)


def check_records(reward: RewardSpec, file: str | Path, *, training: bool) -> RftCheck:
    """Checks a file of RFT records by the service's rules and by what the reward's terms need.

    Raises:
        UsageError: the file is missing or unreadable.
    """
    return check_rft(
        read_bytes_lines(file),
        str(file),
        training=training,
        needs_reference=any(isinstance(term, MathTerm) for term in reward.terms),
        also=judge_rules(reward.terms),
    )


@dataclass(frozen=True, slots=True)
class Quizzes:
    """What a file's records bring for one quiz judge.

    Attributes:
        term: The judge's name in the spec.
        records: That bring a quiz.
        proven: Of them, whose source scored full marks and whose empty response scored none.
        missing: Records for which a quiz will be made while they are scored.
    """

    term: str
    records: int
    proven: int
    missing: int


def count_quizzes(reward: RewardSpec, file: str | Path) -> list[Quizzes]:
    """Counts the quizzes that records bring; unreadable ones are findings of `check_records`.

    Raises:
        UsageError: the file is missing or unreadable.
    """
    return [
        _count(term, file) for term in single_judges(reward.terms) if isinstance(term, QuizTerm)
    ]


def _count(term: QuizTerm, file: str | Path) -> Quizzes:
    brought = proven = missing = 0
    for line in json_lines(read_bytes_lines(file)):
        rollout = None if line.problem else record_rollout(line.value)
        try:
            quiz = ready_quiz(term, rollout.metadata) if rollout else None
        except UnreadableQuiz:
            continue
        if rollout and quiz:
            brought += 1
            proven += quiz_problem(term, rollout) is None
        else:
            missing += rollout is not None
    return Quizzes(term.name, brought, proven, missing)


def judge_rules(terms: Sequence[TermSpec]) -> RecordRule:
    """The rules that a reward's judges have for each record."""
    judges = list(single_judges(terms))

    def problems(record: Mapping[str, Any]) -> Iterator[Problem]:
        fields = other_fields(record)
        for judge in judges:
            match judge:
                case RubricTerm():
                    yield from _rubric(judge, fields)
                case PreferenceTerm():
                    yield from _preference(judge, fields)
                case QuizTerm():
                    yield from _quiz(judge, record)

    return problems


def _rubric(term: RubricTerm, fields: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        criteria_of(term, fields)
    except UnreadableCriteria as problem:
        path = term.record_criteria or ""
        yield path, "rft.criteria", "error", f"{problem} (term {term.name})"


def _preference(term: PreferenceTerm, fields: Mapping[str, Any]) -> Iterator[Problem]:
    if term.against != "siblings" and not comparisons_of(term, fields):
        yield (
            term.comparisons,
            "rft.comparison",
            "error",
            f"has no comparison response for the term {term.name}; add one text or a list of them, "
            "or compare against: siblings",
        )


def _quiz(term: QuizTerm, record: Mapping[str, Any]) -> Iterator[Problem]:
    rollout = record_rollout(record)
    problem = quiz_problem(term, rollout) if rollout else None
    if problem:
        path, certain, message = problem
        yield path, "rft.quiz", "error" if certain else "warning", f"{message} (term {term.name})"
