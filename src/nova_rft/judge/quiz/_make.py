"""Making quizzes: written, put to the test, and only what passes is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nova_rft.errors import JudgeError
from nova_rft.judge._ask import ask_all
from nova_rft.judge._judge import abstained, unreadable
from nova_rft.judge._reading import UnreadableVerdict
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest
from nova_rft.judge.quiz._prompt import answer_request, write_request
from nova_rft.judge.quiz._quiz import Question, Quiz, digest_of
from nova_rft.judge.quiz._read import Answer, read_answers, read_written
from nova_rft.outcome import Abstention, Cause
from nova_rft.spec import QuizTerm

Answers = tuple[Answer, ...] | Abstention


@dataclass
class _Draft:
    """A quiz on its way: questions not yet refuted, or what it came to."""

    source: str
    written: int
    questions: tuple[Question, ...]
    result: Quiz | Abstention | None = None


def make_quizzes(
    term: QuizTerm,
    sources: Sequence[str],
    *,
    model: JudgeModel,
    writer: JudgeModel,
    deadline: float | None = None,
) -> list[Quiz | Abstention]:
    """A quiz on each source, for which the source scores full marks and an empty response none.

    A question that the judge does not answer rightly from the source, or does from nothing, is dropped,
    and what is left is put to the test again. Three calls for a source, and two more each time that
    something was dropped.
    """
    return _settled(term, _written(term, sources, writer, deadline), model, deadline)


def try_quizzes(
    term: QuizTerm, sources: Sequence[str], quizzes: Sequence[Quiz], *, model: JudgeModel
) -> list[Quiz | Abstention]:
    """Quizzes that are there already, put to the same test as those that are made."""
    drafts = [
        _Draft(source, len(quiz.questions), quiz.questions)
        for source, quiz in zip(sources, quizzes, strict=True)
    ]
    return _settled(term, drafts, model, None)


def _settled(
    term: QuizTerm, drafts: Sequence[_Draft], model: JudgeModel, deadline: float | None
) -> list[Quiz | Abstention]:
    while unsettled := [draft for draft in drafts if draft.result is None]:
        asked = [(d.questions, text) for d in unsettled for text in (d.source, "")]
        answers = iter(answer_all(model, asked, deadline=deadline))
        for draft in unsettled:
            _test(term, draft, next(answers).answers, next(answers).answers, model.name)
    return [draft.result for draft in drafts if draft.result is not None]


def _written(
    term: QuizTerm, sources: Sequence[str], writer: JudgeModel, deadline: float | None
) -> list[_Draft]:
    requests = [write_request(source, term.questions, term.options) for source in sources]
    replies = ask_all(writer, requests, deadline=deadline)
    drafts = []
    for source, request, reply in zip(sources, requests, replies, strict=True):
        draft = _Draft(source, 0, ())
        drafts.append(draft)
        if isinstance(reply, JudgeError):
            draft.result = abstained(reply)
            continue
        try:
            questions = read_written(reply, request, term.options)[: term.questions]
        except UnreadableVerdict as problem:
            draft.result = unreadable(problem)
        else:
            draft.questions, draft.written = tuple(questions), len(questions)
    return drafts


def _test(term: QuizTerm, draft: _Draft, informed: Answers, blind: Answers, judge: str) -> None:
    """Settles a draft whose questions all hold, or drops those that do not."""
    if isinstance(informed, Abstention) or isinstance(blind, Abstention):
        draft.result = next(one for one in (informed, blind) if isinstance(one, Abstention))
        return
    kept = tuple(
        question
        for question, known, guessed in zip(draft.questions, informed, blind, strict=True)
        if known.right and not guessed.right
    )
    if len(kept) < term.min_questions:
        draft.result = Abstention(
            Cause.NO_CRITERIA,
            f"{len(kept)} of {draft.written} questions are answered from the source and not without "
            f"it; min_questions is {term.min_questions}",
        )
    elif len(kept) == len(draft.questions):
        draft.result = Quiz(
            questions=kept,
            source_digest=digest_of(draft.source),
            judge=judge,
            source_score=share_right(informed),
            empty_score=share_right(blind),
            dropped=draft.written - len(kept),
        )
    draft.questions = kept


def share_right(answers: Sequence[Answer]) -> float:
    """Share of questions answered rightly, 0 to 1; "don't know" is not."""
    return sum(answer.right for answer in answers) / len(answers)


@dataclass(frozen=True, slots=True)
class Answered:
    """A quiz answered from a text: what was read, and the reply that it was read from."""

    answers: Answers
    reply: JudgeReply | JudgeError


def answer_all(
    model: JudgeModel,
    asked: Sequence[tuple[Sequence[Question], str]],
    *,
    deadline: float | None = None,
) -> list[Answered]:
    """Each quiz answered from its text."""
    requests = [answer_request(quiz, text) for quiz, text in asked]
    replies = ask_all(model, requests, deadline=deadline)
    return [
        Answered(_read(quiz, request, reply), reply)
        for (quiz, _), request, reply in zip(asked, requests, replies, strict=True)
    ]


def _read(
    quiz: Sequence[Question], request: JudgeRequest, reply: JudgeReply | JudgeError
) -> Answers:
    if isinstance(reply, JudgeError):
        return abstained(reply)
    try:
        return read_answers(reply, request, quiz)
    except UnreadableVerdict as problem:
        return unreadable(problem)
