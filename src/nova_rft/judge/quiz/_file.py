"""Quizzes written into a file of records: a few at a time, so that a run that ended can go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from nova_rft.data import json_lines, other_fields, read_bytes_lines, record_rollout
from nova_rft.errors import JudgeUnavailable, UsageError
from nova_rft.judge._request import JudgeModel
from nova_rft.judge.quiz._make import make_quizzes, try_quizzes
from nova_rft.judge.quiz._quiz import Quiz, UnreadableQuiz
from nova_rft.judge.quiz._source import ready_quiz, source_of
from nova_rft.outcome import Abstention, Cause
from nova_rft.spec import QuizTerm

_AT_ONCE: Final = 16
# What passes: the record is not written, so that the next run asks for it again.
_PASSING: Final = (Cause.JUDGE_UNAVAILABLE, Cause.BUDGET_SPENT)


@dataclass
class Written:
    """What became of the records.

    Attributes:
        records: Lines that the file holds now.
        quizzed: Of them, with a quiz for which the source scores full marks and nothing scores none.
        questions: In those quizzes.
        dropped: Questions that were written and not kept.
        without: Line and reason of each record that was written without a quiz.
    """

    records: int = 0
    quizzed: int = 0
    questions: int = 0
    dropped: int = 0
    without: list[tuple[int, str]] = field(default_factory=list)


def write_quizzes(
    term: QuizTerm,
    records: Path,
    out: Path,
    *,
    model: JudgeModel,
    writer: JudgeModel,
    progress: Callable[[Written], None] = lambda _: None,
) -> Written:
    """Writes every record with its quiz; lines that `out` holds already are left as they are.

    Raises:
        UsageError: a record cannot be read, or `out` holds other records.
        JudgeUnavailable: the judge gave no answer; what was done is kept, the next run goes on there.
    """
    written = Written()
    lines = _records(records)
    for place, done in enumerate(_done(out), start=1):
        number, record = next(lines, (0, None))
        if record is None or _bare(term, record) != _bare(term, done):
            raise UsageError(
                f"{out}:{place}: holds another record than {records}; name a new file for --out"
            )
        _count(written, number, _earlier(term, done))
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as stream:
        while batch := list(islice(lines, _AT_ONCE)):
            for (number, record), quiz in zip(
                batch, _quizzes(term, [record for _, record in batch], model, writer), strict=True
            ):
                _refuse_passing(quiz, f"{records}:{number}")
                if isinstance(quiz, Quiz):
                    record = {**record, term.quiz: quiz.model_dump(mode="json")}
                stream.write(json.dumps(record, ensure_ascii=False) + "\n")
                _count(written, number, quiz)
            stream.flush()
            progress(written)
    return written


def _records(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line in json_lines(read_bytes_lines(file)):
        if line.problem or not isinstance(line.value, dict):
            what = line.problem or "is no object"
            raise UsageError(f"{file}:{line.number}: {what}; `nova-rft check` says more")
        yield line.number, line.value


def _done(out: Path) -> Iterable[dict[str, Any]]:
    """The whole lines that are there; half a line, of a run that was ended, is cut off."""
    if not out.exists():
        return []
    content = out.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with out.open("r+b") as stream:
            stream.truncate(len(whole))
    return [record for _, record in _records(out)]


def _bare(term: QuizTerm, record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != term.quiz}


def _quizzes(
    term: QuizTerm, records: list[dict[str, Any]], model: JudgeModel, writer: JudgeModel
) -> list[Quiz | Abstention]:
    """Each record's quiz: the one that it brings, tested where it was not, or a new one."""
    found: dict[int, Quiz | Abstention] = {}
    sources: dict[int, str] = {}
    given: dict[int, Quiz] = {}
    for place, record in enumerate(records):
        rollout = record_rollout(record)
        sources[place] = source_of(term, rollout) if rollout else ""
        try:
            quiz = ready_quiz(term, other_fields(record))
        except UnreadableQuiz as problem:
            found[place] = Abstention(Cause.NO_CRITERIA, f"{term.quiz} is no quiz: {problem}")
            continue
        if not sources[place]:
            what = f"{term.source} holds no text to ask questions on"
            found[place] = Abstention(Cause.NO_REFERENCE, what)
        elif quiz is not None and quiz.source_score is not None:
            found[place] = quiz
        elif quiz is not None:
            given[place] = quiz
    new = [place for place in sources if place not in found and place not in given]
    made = make_quizzes(term, [sources[place] for place in new], model=model, writer=writer)
    tried = try_quizzes(
        term, [sources[place] for place in given], list(given.values()), model=model
    )
    found |= dict(zip(new, made, strict=True)) | dict(zip(given, tried, strict=True))
    return [found[place] for place in range(len(records))]


def _refuse_passing(quiz: Quiz | Abstention, place: str) -> None:
    if isinstance(quiz, Abstention) and quiz.cause in _PASSING:
        raise JudgeUnavailable(
            f"{place}: {quiz.detail}; what was written is kept, run the same again to go on"
        )


def _count(written: Written, number: int, quiz: Quiz | Abstention) -> None:
    written.records += 1
    if isinstance(quiz, Abstention):
        written.without.append((number, quiz.detail))
        return
    written.quizzed += 1
    written.questions += len(quiz.questions)
    written.dropped += quiz.dropped


def _earlier(term: QuizTerm, record: dict[str, Any]) -> Quiz | Abstention:
    """What an earlier run came to for a record."""
    try:
        quiz = ready_quiz(term, other_fields(record))
    except UnreadableQuiz as problem:
        return Abstention(Cause.NO_CRITERIA, f"{term.quiz} is no quiz: {problem}")
    return quiz or Abstention(Cause.NO_CRITERIA, "an earlier run could make no quiz on it")
