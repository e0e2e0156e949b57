"""The quiz judge: the share of questions on the source that the response answers."""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from nova_rft.data import Rollout
from nova_rft.judge._judge import accounts
from nova_rft.judge._request import JudgeModel
from nova_rft.judge.quiz._make import Answered, answer_all, make_quizzes, share_right
from nova_rft.judge.quiz._quiz import UNKNOWN, Quiz, UnreadableQuiz, digest_of
from nova_rft.judge.quiz._source import ready_quiz, source_of
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import QuizTerm

_KEPT: Final = 512


class QuizJudge:
    """Scores each response by what can be answered from it alone; see `QuizTerm` for the settings."""

    def __init__(self, spec: QuizTerm, model: JudgeModel, writer: JudgeModel) -> None:
        """Takes the model that answers and the one that writes, which may be the same."""
        self._spec = spec
        self._model = model
        self._writer = writer
        self._made: OrderedDict[str, Quiz] = OrderedDict()
        self._lock = threading.Lock()

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """The share of questions that each response answers; an abstention where that was not told."""
        quizzes = self._quizzes(rollouts, deadline)
        asked = {
            row: (quiz.questions, rollout.response)
            for row, (rollout, quiz) in enumerate(zip(rollouts, quizzes, strict=True))
            if isinstance(quiz, Quiz) and not _blank(rollout.response)
        }
        answers = dict(
            zip(
                asked, answer_all(self._model, list(asked.values()), deadline=deadline), strict=True
            )
        )
        return [
            quiz if isinstance(quiz, Abstention) else self._outcome(answers.get(row))
            for row, quiz in enumerate(quizzes)
        ]

    def _quizzes(
        self, rollouts: Sequence[Rollout], deadline: float | None
    ) -> list[Quiz | Abstention]:
        """The quiz of each rollout: the record's, or one made on its source."""
        found = [self._ready(rollout) for rollout in rollouts]
        wanted = dict.fromkeys(one for one in found if isinstance(one, str))
        quizzes: dict[str, Quiz | Abstention] = {
            source: kept for source in wanted if (kept := self._kept(source))
        }
        quizzes |= self._make([source for source in wanted if source not in quizzes], deadline)
        return [quizzes[one] if isinstance(one, str) else one for one in found]

    def _ready(self, rollout: Rollout) -> Quiz | Abstention | str:
        """The record's quiz, or the source that one must be made on."""
        try:
            quiz = ready_quiz(self._spec, rollout.metadata)
        except UnreadableQuiz as problem:
            return Abstention(Cause.NO_CRITERIA, f"{self._spec.quiz} is no quiz: {problem}")
        source = source_of(self._spec, rollout)
        if quiz is None:
            what = f"{self._spec.source} holds no text to ask questions on"
            return source or Abstention(Cause.NO_REFERENCE, what)
        if len(quiz.questions) < self._spec.min_questions:
            return Abstention(Cause.NO_CRITERIA, f"the quiz has {len(quiz.questions)} questions")
        if quiz.source_digest and source and quiz.source_digest != digest_of(source):
            return Abstention(Cause.NO_CRITERIA, "the quiz was made on another source")
        return quiz

    def _make(self, sources: Sequence[str], deadline: float | None) -> dict[str, Quiz | Abstention]:
        made = make_quizzes(
            self._spec, sources, model=self._model, writer=self._writer, deadline=deadline
        )
        with self._lock:
            for source, quiz in zip(sources, made, strict=True):
                if isinstance(quiz, Quiz):
                    self._made[digest_of(source)] = quiz
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return dict(zip(sources, made, strict=True))

    def _kept(self, source: str) -> Quiz | None:
        with self._lock:
            quiz = self._made.get(digest_of(source))
            if quiz is not None:
                self._made.move_to_end(digest_of(source))
            return quiz

    def _outcome(self, answered: Answered | None) -> Outcome:
        if answered is None:
            # Nothing was written, so nothing can be answered from it: that needs no call.
            return Score(0.0, {"judge": self._model.name, "answers": []}, {"unknown": 1.0})
        answers = answered.answers
        if isinstance(answers, Abstention):
            return answers
        unknown = sum(answer.said == UNKNOWN for answer in answers) / len(answers)
        shown = [asdict(answer) for answer in answers]
        details = {**accounts(self._model, [answered.reply]), "answers": shown}
        return Score(share_right(answers), details, {"unknown": unknown})


def _blank(text: str) -> bool:
    """Whether there is nothing to read: white space and invisible characters alone."""
    return all(char.isspace() or unicodedata.category(char) in ("Cf", "Cc") for char in text)
