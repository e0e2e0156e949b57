"""What a quiz is on, and the quiz that a record may bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_rft.data import Rollout
from nova_rft.judge.quiz._quiz import Quiz, UnreadableQuiz, digest_of, read_quiz
from nova_rft.spec import QuizTerm

# Path, whether nothing can be judged so, sentence.
QuizProblem = tuple[str, bool, str]


def source_of(term: QuizTerm, rollout: Rollout) -> str:
    """The text that questions are on; empty where there is none."""
    given = rollout.prompt_text if term.source == "prompt" else rollout.metadata.get(term.source)
    return given if isinstance(given, str) and given.strip() else ""


def ready_quiz(term: QuizTerm, fields: Mapping[str, Any]) -> Quiz | None:
    """The quiz that the record brings.

    Raises:
        UnreadableQuiz: it brings something else in its place.
    """
    given = fields.get(term.quiz)
    return None if given is None else read_quiz(given)


def quiz_problem(term: QuizTerm, rollout: Rollout) -> QuizProblem | None:
    """What stands against quizzing on a record; None where nothing does.

    Args:
        term: The quiz judge.
        rollout: Of the record; its response is not looked at.
    """
    try:
        quiz = ready_quiz(term, rollout.metadata)
    except UnreadableQuiz as problem:
        return term.quiz, True, f"is no quiz: {problem}"
    source = source_of(term, rollout)
    if quiz is None:
        if source:
            return None
        return (
            term.source,
            True,
            "holds no text to ask questions on; add it, or name another source",
        )
    return _ready_problem(term, quiz, source)


def _ready_problem(term: QuizTerm, quiz: Quiz, source: str) -> QuizProblem | None:
    if len(quiz.questions) < term.min_questions:
        what = f"has {len(quiz.questions)} questions, min_questions is {term.min_questions}"
        return term.quiz, True, f"{what}; add some, or lower it"
    if quiz.source_score is None or quiz.empty_score is None:
        what = "was never answered from its source and from nothing"
        return term.quiz, False, f"{what}; have `nova-rft judge quiz` test it"
    if quiz.source_digest and source and quiz.source_digest != digest_of(source):
        return (
            term.quiz,
            True,
            "was made on another source; make it anew with `nova-rft judge quiz`",
        )
    if quiz.source_score < 1 or quiz.empty_score > 0:
        what = f"the source scores {quiz.source_score:.0%} and an empty response "
        what += f"{quiz.empty_score:.0%}, not 100% and 0%"
        return term.quiz, True, f"{what}; make it anew with `nova-rft judge quiz`"
    return None
