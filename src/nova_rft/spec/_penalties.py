"""What a spec says of penalties: terms that take from a reward what a policy gains by tricks.

Each lies between -1 (or its floor) and 0, and counts with a positive weight.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import PENALTY, Interval, Name, TermModel
from nova_rft.spec._measures import LanguageLook, LengthTerm, NGrams, Unit
from nova_rft.spec._verifiers import JsonSchemaTerm, MatchTerm, TagsTerm


class PenaltyTerm(TermModel):
    """Base of penalties."""

    natural: ClassVar[Interval | None] = PENALTY


class SoftOverlongTerm(LengthTerm, PenaltyTerm):
    """Penalty: 0 up to `max_length - buffer`, falling to -1 at `max_length` and beyond."""

    type: Literal["soft_overlong"] = Field(
        description="Soft overlong punishment (DAPO, arXiv 2503.14476, eq. 13), clamped at -1."
    )
    max_length: int = Field(gt=0, description="From this length on the penalty is -1.")
    buffer: int = Field(gt=0, description="Over this many units before max_length it grows.")

    @model_validator(mode="after")
    def _buffer_fits(self) -> Self:
        if self.buffer > self.max_length:
            raise PydanticCustomError(
                "buffer",
                "buffer {buffer} is longer than max_length {max_length}; "
                "make it at most max_length",
                {"buffer": self.buffer, "max_length": self.max_length},
            )
        return self


class LinearLengthTerm(LengthTerm, PenaltyTerm):
    """Penalty: 0 up to `target`, then (target - length) / target, never below `floor`."""

    type: Literal["linear_length"] = Field(
        description='Linear length penalty (course "Reinforcement Fine-Tuning LLMs with GRPO").'
    )
    target: int = Field(gt=0, description="Up to this length nothing is taken.")
    floor: float = Field(-10.0, lt=0, description="Nothing below this is taken.")

    @property
    def natural_bounds(self) -> Interval | None:
        """From the floor to 0."""
        return self.floor, 0.0


class FollowingTerm(LengthTerm):
    """Base of terms that count length by what another term says of the response."""

    of: Name = Field(description="The term that says which responses are right.")
    right_from: float = Field(0.5, description="A response is right from this raw value on.")


class KimiLengthTerm(FollowingTerm):
    """Length reward: inside a group, short right responses gain and long ones lose; -0.5 to 0.5."""

    natural: ClassVar[Interval | None] = (-0.5, 0.5)

    type: Literal["kimi_length"] = Field(
        description=(
            "Length reward of Kimi k1.5 (arXiv 2501.12599): lambda = 0.5 - (length - shortest) / "
            "(longest - shortest); a wrong response never gains."
        )
    )


class CosineLengthTerm(FollowingTerm):
    """Length reward: between two values along a cosine, flat from `max_length` on."""

    type: Literal["cosine_length"] = Field(
        description="Cosine length-scaling reward (arXiv 2502.03373)."
    )
    max_length: int = Field(gt=0, description="From this length on `exceeded` is paid.")
    right: Interval = Field((1.0, 0.5), description="A right response of length 0, of max_length.")
    wrong: Interval = Field(
        (-1.0, -0.5), description="A wrong response of length 0, of max_length."
    )
    exceeded: float = Field(-1.0, description="A response of max_length or more, right or wrong.")

    @property
    def natural_bounds(self) -> Interval | None:
        """Of all that can be paid."""
        paid = (*self.right, *self.wrong, self.exceeded)
        return min(paid), max(paid)


class RepetitionTerm(PenaltyTerm):
    """Penalty: minus the share of n-grams that repeat, the worst of several looks, -1 to 0."""

    type: Literal["repetition"] = Field(
        description="Repetition penalty (arXiv 2502.03373, C.2), the worst over the given n-grams."
    )
    ngrams: tuple[NGrams, ...] = Field(
        (NGrams(unit=Unit.WORDS, n=4), NGrams(unit=Unit.CHARACTERS, n=24)),
        min_length=1,
        description="Words alone are dodged by text without spaces, so characters count too.",
    )
    allowance: float = Field(
        0.1, ge=0.0, lt=1.0, description="Share of repeats that ordinary text has, left unpunished."
    )


class WrongLanguageTerm(LanguageLook, PenaltyTerm):
    """Penalty: minus the share of the response's letters that stand in text of another language."""

    type: Literal["wrong_language"] = Field(description="Language other than the right one.")


Format = Annotated[TagsTerm | JsonSchemaTerm | MatchTerm, Field(discriminator="type")]


def _nameless(schema: dict[str, Any]) -> None:
    """A format is a term that needs no name; the terms' own schemas ask for one."""
    schema.pop("discriminator", None)
    schema.pop("oneOf", None)
    kinds = {"enum": ["tags", "json_schema", "match"]}
    schema.update(type="object", required=["type"], properties={"type": kinds})


class WrongFormatTerm(PenaltyTerm):
    """Penalty: -1 when the response has not the format, else 0."""

    type: Literal["wrong_format"] = Field(description="Missing or wrong format.")
    format: Format = Field(
        description="A term of type tags, json_schema or match (how: regex).",
        json_schema_extra=_nameless,
    )

    @field_validator("format", mode="before")
    @classmethod
    def _needs_no_name(cls, given: Any) -> Any:
        return {"name": "format", **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _format_needs_no_reference(self) -> Self:
        if isinstance(self.format, MatchTerm) and self.format.how != "regex":
            raise PydanticCustomError("format", "a format is matched by how: regex with a pattern")
        return self


class AllowedShareTerm(PenaltyTerm):
    """Base of penalties on a share, of which some is left unpunished."""

    allowance: float = Field(
        0.2,
        ge=0.0,
        lt=1.0,
        description="Share left unpunished; from there to all, the penalty grows from 0 to -1.",
    )


class CopyingTerm(AllowedShareTerm):
    """Penalty: minus the share of the response's words that are copied from the prompt."""

    type: Literal["copying"] = Field(description="Copying the prompt, by runs of n words.")
    n: int = Field(5, ge=2, le=50, description="Words in a row that make a copy.")


class RubricLeakTerm(AllowedShareTerm):
    """Penalty: minus the share of the response's words that are taken from the judges' criteria."""

    type: Literal["rubric_leak"] = Field(description="Leaking the rubric, by runs of n words.")
    n: int = Field(5, ge=2, le=50, description="Words in a row that make a leak.")
    allowance: float = Field(0.0, ge=0.0, lt=1.0, description="Share left unpunished.")


class RefusalTerm(PenaltyTerm):
    """Penalty: -1 when the response refuses and was not meant to, else 0."""

    type: Literal["needless_refusal"] = Field(description="Refusing without need.")
    phrases: tuple[str, ...] = Field(
        (), description="More phrases that refuse, beside the built-in."
    )
    expected: str = Field(
        "refusal_expected",
        min_length=1,
        description="Field of the record that is true where refusing is right.",
    )


class HedgingTerm(AllowedShareTerm):
    """Penalty: minus the share of sentences that hedge."""

    type: Literal["hedging"] = Field(description="Sentences that commit to nothing.")
    phrases: tuple[str, ...] = Field((), description="More phrases that hedge.")


class FlatteryTerm(PenaltyTerm):
    """Penalty: -1 when the response speaks to its judge or praises itself or the asker, else 0."""

    type: Literal["flattery"] = Field(description="Flattering or addressing the judge.")
    phrases: tuple[str, ...] = Field((), description="More phrases that flatter.")


class AnswerStuffingTerm(PenaltyTerm):
    """Penalty: 0 for one final answer, -0.5 for two different ones, then nearing -1."""

    type: Literal["answer_stuffing"] = Field(description="Several final answers.")
