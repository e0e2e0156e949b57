"""What a reward needs of the records: rules that are applied before anything is spent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_rft.data import (
    Asked,
    Problem,
    RecordCheck,
    RecordRule,
    check_records_of,
    file_source,
    json_lines,
    other_fields,
    read_bytes_lines,
    record_rollout,
)
from nova_rft.judge.preference import comparisons_of
from nova_rft.judge.quiz import UnreadableQuiz, quiz_problem, ready_quiz
from nova_rft.judge.rubric import UnreadableCriteria, criteria_of
from nova_rft.reward._references import check_references
from nova_rft.reward.verifiers.code import UnreadableTests, checks_of
from nova_rft.spec import (
    CodeTerm,
    PreferenceTerm,
    QuizTerm,
    RewardSpec,
    RubricTerm,
    Spec,
    TermSpec,
    VerifierTerm,
    single_judges,
)


def check_records(
    reward: RewardSpec,
    file: str | Path,
    *,
    training: bool,
    folder: Path | None = None,
    model: str | None = None,
    max_prompt_tokens: int | None = None,
    deep: bool = False,
) -> RecordCheck:
    """Checks a file of RFT records by the service's rules and by what the reward's terms need.

    Args:
        reward: Its terms say what a record must bring.
        file: The records.
        training: Whether the service's bounds on the number of training records apply.
        folder: What files that the reward names are relative to; the working folder.
        model: The base model.
        max_prompt_tokens: What the spec keeps of a prompt.
        deep: Whether every record's program is run, and not only the first few.

    Raises:
        UsageError: the file is missing or unreadable, or a verifier cannot be made as asked.
    """
    asked = Asked(
        technique="rft",
        model=model,
        training=training,
        needs_reference=any(
            isinstance(term, VerifierTerm) and term.needs_reference for term in reward.terms
        ),
        max_prompt_tokens=max_prompt_tokens,
        also=rules_of(reward.terms),
    )
    check = check_records_of(file_source(file), str(file), asked)
    check.findings += check_references(reward, file, folder or Path(), deep=deep)
    check.findings.sort(key=lambda finding: finding.line or math.inf)
    return check


def check_records_for(
    spec: Spec, file: str | Path, *, training: bool, folder: Path | None = None, deep: bool = False
) -> RecordCheck:
    """Checks a file of a spec's records by the rules of its technique, and of its reward for RFT.

    Raises:
        UsageError: the file is missing or unreadable, or a verifier cannot be made as asked.
    """
    if spec.technique != "rft":
        asked = Asked(technique=spec.technique, model=spec.model, training=training)
        return check_records_of(file_source(file), str(file), asked)
    return check_records(
        spec.required_reward,
        file,
        training=training,
        folder=folder,
        model=spec.model,
        max_prompt_tokens=spec.training.prompt_tokens,
        deep=deep,
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


def rules_of(terms: Sequence[TermSpec]) -> RecordRule | None:
    """The rules that a reward's judges and programs have for each record; None where there are none."""
    judges = list(single_judges(terms))
    programs = [term for term in terms if isinstance(term, CodeTerm)]
    if not judges and not programs:
        return None

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
        for term in programs:
            yield from _tests(term, fields)

    return problems


def _tests(term: CodeTerm, fields: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        given = fields.get(term.tests)
        problem = "" if given is not None and checks_of(given) else "has no tests"
    except UnreadableTests as unreadable:
        problem = str(unreadable)
    if problem:
        yield term.tests, "rft.tests", "error", f"{problem} (term {term.name})"


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
