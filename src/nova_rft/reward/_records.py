"""What a reward needs of the records: rules that are applied before anything is spent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nova_rft.data import (
    MalformedMessages,
    Problem,
    RecordRule,
    RftCheck,
    Rollout,
    check_rft,
    other_fields,
    read_bytes_lines,
    read_messages,
)
from nova_rft.judge.preference import comparisons_of
from nova_rft.judge.quiz import quiz_problem
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
                    yield from _quiz(judge, record, fields)

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


def _quiz(
    term: QuizTerm, record: Mapping[str, Any], fields: Mapping[str, Any]
) -> Iterator[Problem]:
    try:
        turns = read_messages(record.get("messages"))
    except MalformedMessages:
        return  # A finding of its own.
    problem = quiz_problem(term, Rollout("", "", turns, "", None, fields))
    if problem:
        path, certain, message = problem
        yield path, "rft.quiz", "error" if certain else "warning", f"{message} (term {term.name})"
