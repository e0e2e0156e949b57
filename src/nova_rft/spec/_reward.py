"""What a spec says of the reward: terms, weights, composition, what an abstention sends."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import SpecModel, TermModel
from nova_rft.spec._judges import (
    JuryTerm,
    PreferenceTerm,
    QuizTerm,
    RubricTerm,
    judge_models_of,
)
from nova_rft.spec._models import BedrockJudge, Budget, OpenAIJudge, Price


class OnAbstain(StrEnum):
    """What goes to the trainer for a rollout that could not be scored.

    The reward Lambda's contract has no word for it, so it is a policy of the spec, and counted.
    """

    GROUP_MEAN = "group_mean"
    NEUTRAL = "neutral"
    VERIFIERS = "verifiers"
    RAISE = "raise"


class MathTerm(TermModel):
    """Verifier: 1 when the response's final answer equals the reference's, else 0."""

    type: Literal["math"] = Field(description="Mathematical equivalence of final answers.")
    timeout_s: float = Field(
        5.0, gt=0, le=60, description="Seconds that one comparison may take before it is killed."
    )


class LengthUnit(StrEnum):
    """What a length is counted in."""

    CHARACTERS = "characters"
    WORDS = "words"


class SoftOverlongTerm(TermModel):
    """Penalty: 0 up to `max_length - buffer`, falling to -1 at `max_length` and beyond."""

    type: Literal["soft_overlong"] = Field(
        description="Soft overlong punishment (DAPO, arXiv 2503.14476, eq. 13), clamped at -1."
    )
    max_length: int = Field(gt=0, description="From this length on the penalty is -1.")
    buffer: int = Field(gt=0, description="Over this many units before max_length it grows.")
    unit: LengthUnit = Field(LengthUnit.WORDS, description="What lengths are counted in.")

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


class RepetitionUnit(StrEnum):
    """What n-grams are made of."""

    WORDS = "words"
    CHARACTERS = "characters"


class NGrams(SpecModel):
    """One way to look for repetition."""

    unit: RepetitionUnit = Field(description="What n-grams are made of.")
    n: int = Field(ge=1, le=200, description="How many units make one n-gram.")


class RepetitionTerm(TermModel):
    """Penalty: minus the share of n-grams that repeat, the worst of several looks, -1 to 0."""

    type: Literal["repetition"] = Field(
        description="Repetition penalty (arXiv 2502.03373, C.2), the worst over the given n-grams."
    )
    ngrams: tuple[NGrams, ...] = Field(
        (
            NGrams(unit=RepetitionUnit.WORDS, n=4),
            NGrams(unit=RepetitionUnit.CHARACTERS, n=24),
        ),
        min_length=1,
        description="Words alone are dodged by text without spaces, so characters count too.",
    )
    allowance: float = Field(
        0.1, ge=0.0, lt=1.0, description="Share of repeats that ordinary text has, left unpunished."
    )


TermSpec = Annotated[
    MathTerm
    | RubricTerm
    | PreferenceTerm
    | QuizTerm
    | JuryTerm
    | SoftOverlongTerm
    | RepetitionTerm,
    Field(discriminator="type"),
]

DETERMINISTIC_TERMS = (MathTerm, SoftOverlongTerm, RepetitionTerm)


class RewardSpec(SpecModel):
    """The reward: terms, and how they become one number."""

    terms: tuple[TermSpec, ...] = Field(
        min_length=1, max_length=50, description="Judges, verifiers and penalties."
    )
    combine: Literal["weighted_sum"] = Field(
        "weighted_sum", description="weighted_sum: the sum of weight times value."
    )
    range: tuple[float, float] = Field(
        description="Declared low and high end of the reward; the sum is clipped to it."
    )
    on_abstain: OnAbstain = Field(
        OnAbstain.GROUP_MEAN,
        description=(
            "What the trainer gets for a rollout that could not be scored: group_mean (the mean of "
            "its siblings in the event, so that its advantage vanishes), neutral (the middle of "
            "the range), verifiers (the terms that need no judge), raise (the event fails)."
        ),
    )
    trace_share: float = Field(
        1.0, ge=0.0, le=1.0, description="Share of prompts whose scored rollouts are kept in S3."
    )
    reserve_s: float = Field(
        5.0, ge=1.0, le=60.0, description="Seconds before the Lambda's limit at which it answers."
    )
    prices: dict[str, Price] = Field(
        default_factory=dict, description="What judge models cost, by the id that the spec names."
    )
    budget: Budget | None = Field(
        None, description="Money past which judging stops; needs a price for each judge model."
    )
    cache: bool = Field(
        False,
        description=(
            "Keep judges' replies beyond the run (a table in AWS, a file here), so that the same "
            "judgement is never paid twice."
        ),
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [term.name for term in self.terms]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PydanticCustomError(
                "terms_clash",
                "terms share the name {names}; give each term a name of its own",
                {"names": ", ".join(twice)},
            )
        taken = sorted({"reward", "abstained"} & set(names))
        if taken:
            raise PydanticCustomError(
                "terms_reserved",
                "a term may not be named {names}: the answer has a metric of that name",
                {"names": ", ".join(taken)},
            )
        if self.range[0] >= self.range[1]:
            raise PydanticCustomError(
                "reward_range",
                "range [{low}, {high}] is empty; write the low end first",
                {"low": self.range[0], "high": self.range[1]},
            )
        if self.on_abstain is OnAbstain.VERIFIERS and not any(
            isinstance(term, DETERMINISTIC_TERMS) for term in self.terms
        ):
            raise PydanticCustomError(
                "on_abstain_verifiers",
                "on_abstain is verifiers, but every term needs a judge; "
                "use group_mean, or add a verifier or penalty",
            )
        unpriced = sorted(
            {
                model.id
                for model in judge_models_of(self.terms)
                if isinstance(model, BedrockJudge | OpenAIJudge) and model.id not in self.prices
            }
        )
        if self.budget is not None and unpriced:
            raise PydanticCustomError(
                "budget_prices",
                "there is a budget but no price for {models}; add it under prices",
                {"models": ", ".join(unpriced)},
            )
        return self
