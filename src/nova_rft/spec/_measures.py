"""What lengths and n-grams are counted in."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import ProjectFile, SpecModel, TermModel


class Unit(StrEnum):
    """What a text is counted in."""

    CHARACTERS = "characters"
    WORDS = "words"
    TOKENS = "tokens"


def _needs_tokenizer(unit: Unit, tokenizer: str | None) -> None:
    if unit is Unit.TOKENS and tokenizer is None:
        raise PydanticCustomError(
            "tokenizer",
            "unit is tokens, but no tokenizer is named; write tokenizer: a tokenizer.json in the "
            "spec's folder",
        )


class LengthTerm(TermModel):
    """Base of terms that measure a response's length."""

    unit: Unit = Field(Unit.WORDS, description="What lengths are counted in.")
    tokenizer: ProjectFile | None = Field(
        None,
        description=(
            "A tokenizer.json of Hugging Face's tokenizers, for unit: tokens. Nova's own is not "
            "public: with another's, tokens are an estimate."
        ),
    )

    @model_validator(mode="after")
    def _has_its_tokenizer(self) -> Self:
        _needs_tokenizer(self.unit, self.tokenizer)
        return self


class NGrams(SpecModel):
    """One way to look for repetition."""

    unit: Unit = Field(description="What n-grams are made of.")
    n: int = Field(ge=1, le=200, description="How many units make one n-gram.")
    tokenizer: ProjectFile | None = Field(
        None, description="For unit: tokens, subwords by this tokenizer.json."
    )

    @model_validator(mode="after")
    def _has_its_tokenizer(self) -> Self:
        _needs_tokenizer(self.unit, self.tokenizer)
        return self


class LanguageLook(TermModel):
    """Base of terms that tell the language of a response."""

    expected: str = Field(
        "prompt",
        pattern=r"^(prompt|[a-z]{2,3})$",
        description="prompt (that of the last user turn) or an ISO 639-1 code such as de.",
    )
    among: tuple[str, ...] = Field(
        (),
        description="Codes to choose from; fewer make short texts safer to tell. None: 97 languages.",
    )
    min_letters: int = Field(
        40,
        ge=1,
        description="A paragraph of fewer letters is told together with its neighbours.",
    )

    @model_validator(mode="after")
    def _can_be_chosen(self) -> Self:
        if self.among and self.expected not in (*self.among, "prompt"):
            raise PydanticCustomError(
                "among",
                "expected {expected} is not among {among}; add it there",
                {"expected": self.expected, "among": ", ".join(self.among)},
            )
        return self
