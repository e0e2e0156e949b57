"""From replies to questions and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from nova_rft.judge._reading import (
    UnreadableVerdict,
    read_answer,
    read_entries,
    read_label,
    read_text,
)
from nova_rft.judge._request import JudgeReply, JudgeRequest
from nova_rft.judge.quiz._quiz import UNKNOWN, Question, labels_of, names_of


@dataclass(frozen=True, slots=True)
class Answer:
    """What the judge answered to one question.

    Attributes:
        question: The question.
        said: The option's words, or `unknown`.
        right: Whether it is the right one.
        evidence: What the judge quoted from the text.
    """

    question: str
    said: str
    right: bool
    evidence: str


def read_written(reply: JudgeReply, request: JudgeRequest, options: int) -> list[Question]:
    """The questions that were written; one that is not as asked is left out, since none was promised.

    Raises:
        UnreadableVerdict: the reply is no answer to the request, or holds no usable question.
    """
    answer = read_answer(reply, request)
    entries = answer.get("questions")
    if not isinstance(entries, list):
        raise UnreadableVerdict("questions is no list")
    read = [question for entry in entries if (question := _question(entry, options))]
    if not read:
        raise UnreadableVerdict("none of the questions is as it was asked for")
    return list({each.question: each for each in read}.values())


def _question(entry: Any, options: int) -> Question | None:
    if not isinstance(entry, Mapping) or set(entry) != {"question", "right", "wrong"}:
        return None
    wrong = entry["wrong"]
    if not isinstance(wrong, list) or len(wrong) != options - 1:
        return None
    try:
        return Question(
            question=entry["question"], options=(entry["right"], *wrong), right=entry["right"]
        )
    except ValidationError:
        return None


def read_answers(
    reply: JudgeReply, request: JudgeRequest, quiz: Sequence[Question]
) -> tuple[Answer, ...]:
    """One answer for each question, in the quiz's order.

    Raises:
        UnreadableVerdict: the reply is no answer to the request, lacks a question, has one too many or
            one twice, or answers with what is none of the letters.
    """
    answer = read_answer(reply, request)
    names = names_of(tuple(quiz))
    entries = read_entries(answer, "answers", "question", names)
    answers = []
    for name, each in names.items():
        label = read_label(entries[name], "answer", labels_of(each))
        said = UNKNOWN if label == UNKNOWN else each.lettered[label]
        evidence = read_text(entries[name], "evidence")
        answers.append(Answer(each.question, said, label == each.right_letter, evidence))
    return tuple(answers)
