"""What a quiz is, as records keep it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

UNKNOWN: Final = "unknown"
_LETTERS: Final = "abcdefgh"

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class UnreadableQuiz(ValueError):
    """A record's quiz that cannot be used, said in one sentence."""


class Question(BaseModel):
    """One question on a source.

    Attributes:
        question: The question.
        options: Two to eight answers, all different.
        right: The one of them that the source says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    question: _Text
    options: tuple[_Text, ...] = Field(min_length=2, max_length=len(_LETTERS))
    right: _Text

    @model_validator(mode="after")
    def _one_is_right(self) -> Self:
        folded = [option.casefold() for option in self.options]
        if len(set(folded)) < len(folded):
            raise PydanticCustomError("options", "two options are equal")
        if self.right not in self.options:
            raise PydanticCustomError("right", "the right answer is not among the options")
        return self

    @property
    def lettered(self) -> dict[str, str]:
        """The options by letter, in an order that only their words decide: no place is the right one."""
        ordered = sorted(self.options, key=lambda option: _digest(f"{self.question}\n{option}"))
        return dict(zip(_LETTERS, ordered, strict=False))

    @property
    def right_letter(self) -> str:
        """The letter of the right answer."""
        return next(letter for letter, option in self.lettered.items() if option == self.right)


class Quiz(BaseModel):
    """Questions on one source, and what is known of them.

    Attributes:
        questions: Each asked once.
        source_digest: Of the source that they are on; empty for a quiz of one's own.
        judge: The model that was put to the test, by name.
        source_score: Share that it got right from the source itself; 1 is as it should be.
        empty_score: Share that it got right from nothing; 0 is as it should be.
        dropped: Questions that were written and not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    questions: tuple[Question, ...] = Field(min_length=1, max_length=50)
    source_digest: str = ""
    judge: str = ""
    source_score: float | None = None
    empty_score: float | None = None
    dropped: int = 0

    @model_validator(mode="after")
    def _asked_once(self) -> Self:
        asked = [each.question for each in self.questions]
        if len(set(asked)) < len(asked):
            raise PydanticCustomError("questions", "two questions are equal")
        return self


def read_quiz(given: Any) -> Quiz:
    """A quiz as a record holds it: the object that `nova-rft judge quiz` writes, or a list of questions.

    Raises:
        UnreadableQuiz: it is nothing of that.
    """
    try:
        # As JSON has it: lists, where Python has tuples.
        return Quiz.model_validate(
            {"questions": given} if isinstance(given, list) else given, strict=False
        )
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in detail["loc"])
        raise UnreadableQuiz(f"{where}: {detail['msg']}" if where else detail["msg"]) from None


def digest_of(source: str) -> str:
    """The digest by which a quiz knows its source."""
    return _digest(source).hex()


def names_of(quiz: tuple[Question, ...]) -> dict[str, Question]:
    """The questions by the names that requests give them."""
    return {f"q{number}": question for number, question in enumerate(quiz, start=1)}


def labels_of(question: Question) -> list[str]:
    """What may be answered."""
    return [*question.lettered, UNKNOWN]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
