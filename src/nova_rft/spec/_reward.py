"""What a spec says of the reward: terms, weights, composition, what an abstention sends."""

import json
import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import Interval, ProjectFile, SpecModel, TermModel
from nova_rft.spec._functions import OpenAIGraderTerm, PythonTerm, TrlTerm, VerifiersTerm
from nova_rft.spec._judges import JUDGE_TERMS, JudgeTerm, judge_models_of
from nova_rft.spec._models import BedrockJudge, Budget, OpenAIJudge, Price
from nova_rft.spec._penalties import (
    AnswerStuffingTerm,
    CopyingTerm,
    CosineLengthTerm,
    FlatteryTerm,
    FollowingTerm,
    HedgingTerm,
    KimiLengthTerm,
    LinearLengthTerm,
    RefusalTerm,
    RepetitionTerm,
    RubricLeakTerm,
    SoftOverlongTerm,
    WrongFormatTerm,
    WrongLanguageTerm,
)
from nova_rft.spec._verifiers import (
    ChoiceTerm,
    CitationsTerm,
    CodeTerm,
    JsonSchemaTerm,
    LanguageTerm,
    LengthWindowTerm,
    MatchTerm,
    MathTerm,
    NumberTerm,
    RougeLTerm,
    TagsTerm,
    TokenF1Term,
)


class OnAbstain(StrEnum):
    """What goes to the trainer for a rollout that could not be scored.

    The reward Lambda's contract has no word for it, so it is a policy of the spec, and counted.
    """

    GROUP_MEAN = "group_mean"
    NEUTRAL = "neutral"
    VERIFIERS = "verifiers"
    RAISE = "raise"


class Combine(StrEnum):
    """How the terms' values become one number."""

    WEIGHTED_SUM = "weighted_sum"
    GATED_PRODUCT = "gated_product"
    LEXICOGRAPHIC = "lexicographic"


VerifierSpec = (
    MathTerm
    | MatchTerm
    | ChoiceTerm
    | NumberTerm
    | JsonSchemaTerm
    | TagsTerm
    | RougeLTerm
    | TokenF1Term
    | LanguageTerm
    | LengthWindowTerm
    | CitationsTerm
    | CodeTerm
)
PenaltySpec = (
    SoftOverlongTerm
    | LinearLengthTerm
    | KimiLengthTerm
    | CosineLengthTerm
    | RepetitionTerm
    | WrongLanguageTerm
    | WrongFormatTerm
    | CopyingTerm
    | RubricLeakTerm
    | RefusalTerm
    | HedgingTerm
    | FlatteryTerm
    | AnswerStuffingTerm
)
FunctionSpec = PythonTerm | TrlTerm | VerifiersTerm | OpenAIGraderTerm
TermSpec = Annotated[
    JudgeTerm | VerifierSpec | PenaltySpec | FunctionSpec, Field(discriminator="type")
]


_KINDS: Final[dict[str, type[TermModel]]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind
    for kind in get_args(get_args(TermSpec)[0])
}


class RewardSpec(SpecModel):
    """The reward: terms, and how they become one number."""

    terms: tuple[TermSpec, ...] = Field(
        min_length=1, max_length=50, description="Judges, verifiers and penalties."
    )
    combine: Combine = Field(
        Combine.WEIGHTED_SUM,
        description=(
            "weighted_sum: the sum of weight times value. gated_product: the product of the values, "
            "each to the power of its weight, a penalty as 1 + value; what is 0 cannot be made up for. "
            "lexicographic: the first term decides, a later one only between equals of all before it."
        ),
    )
    range: Interval = Field(description="Declared low and high end of the reward.")
    scale: Literal["clip", "linear"] = Field(
        "clip",
        description=(
            "How a weighted_sum gets into the range: clip (what is outside is cut off) or linear (the "
            "least and the most that the terms can give become its ends). The other rules are always "
            "linear."
        ),
    )
    levels: int = Field(
        11,
        ge=2,
        le=1001,
        description="With lexicographic: steps in which a value counts, so that equals exist.",
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
    log_text: bool = Field(
        False, description="Whether the Lambda's log may hold prompts and responses."
    )
    reserve_s: float = Field(
        5.0, ge=1.0, le=60.0, description="Seconds before the Lambda's limit at which it answers."
    )
    files: tuple[ProjectFile, ...] = Field(
        (),
        description="More files beside the spec that functions read; they travel with the reward.",
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

    @classmethod
    def read_resolved(cls, text: bytes | str) -> "RewardSpec":
        """A reward that was checked before, from its `canonical_json`.

        Each term is read by its own model alone, which spares a cold start the making of all others.

        Raises:
            ValidationError: a term is not what its type needs.
        """
        given: dict[str, Any] = json.loads(text)
        terms = tuple(_KINDS[term["type"]].model_validate(term) for term in given["terms"])
        fields = {name: given[name] for name in cls.model_fields if name in given}
        rest = {
            "combine": Combine(given["combine"]),
            "on_abstain": OnAbstain(given["on_abstain"]),
            "range": tuple(given["range"]),
            "files": tuple(given["files"]),
            "prices": {name: Price.model_validate(one) for name, one in given["prices"].items()},
            "budget": Budget.model_validate(given["budget"]) if given["budget"] else None,
        }
        return cls.model_construct(**{**fields, "terms": terms, **rest})

    @property
    def deterministic_terms(self) -> tuple[TermSpec, ...]:
        """Terms that need no judge, neither themselves nor by the term that they follow."""
        apart = {term.name for term in self.terms if _needs_judge(term)}
        return tuple(
            term
            for term in self.terms
            if term.name not in apart and not (isinstance(term, FollowingTerm) and term.of in apart)
        )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        _names_are_apart(self.terms)
        _following_follows(self.terms)
        if self.range[0] >= self.range[1]:
            raise PydanticCustomError(
                "reward_range",
                "range [{low}, {high}] is empty; write the low end first",
                {"low": self.range[0], "high": self.range[1]},
            )
        _rule_fits(self)
        if self.on_abstain is OnAbstain.VERIFIERS and not self.deterministic_terms:
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


def _needs_judge(term: TermSpec) -> bool:
    if isinstance(term, OpenAIGraderTerm):
        return term.model is not None
    return isinstance(term, JUDGE_TERMS)


def _names_are_apart(terms: Sequence[TermSpec]) -> None:
    names = [term.name for term in terms]
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


def _following_follows(terms: Sequence[TermSpec]) -> None:
    others = {term.name for term in terms if not isinstance(term, FollowingTerm)}
    for term in terms:
        if isinstance(term, FollowingTerm) and term.of not in others:
            raise PydanticCustomError(
                "following",
                "the term {name} follows {of}, which is none; name one of {others}",
                {
                    "name": term.name,
                    "of": term.of,
                    "others": ", ".join(sorted(others)) or "a verifier's (there is none)",
                },
            )


def _rule_fits(reward: RewardSpec) -> None:
    """Refuses what a rule of composition cannot work with."""
    rule = reward.combine
    if rule is Combine.WEIGHTED_SUM and reward.scale == "clip":
        return
    counted = [term for term in reward.terms if term.weight != 0]
    for term in counted:
        bounds = term.bounds
        if bounds is None or math.inf in (-bounds[0], bounds[1]):
            raise PydanticCustomError(
                "bounds",
                "the term {name} has no bounds, which {rule} needs; give it clip: [low, high]",
                {
                    "name": term.name,
                    "rule": "scale: linear" if rule is Combine.WEIGHTED_SUM else rule,
                },
            )
    if rule is Combine.GATED_PRODUCT:
        _can_be_multiplied(counted)
    if rule is Combine.LEXICOGRAPHIC:
        _can_be_ordered(counted, reward.levels)


def _can_be_multiplied(terms: Sequence[TermSpec]) -> None:
    for term in terms:
        low, high = term.bounds or (0.0, 0.0)
        if term.weight < 0 or low < -1 or high > 1 or (low < 0 < high):
            raise PydanticCustomError(
                "product",
                "the term {name} (weight {weight}, {low} to {high}) cannot be a factor; gated_product "
                "takes weights above 0 and values of 0 to 1, or -1 to 0 for a penalty: clip it",
                {"name": term.name, "weight": term.weight, "low": low, "high": high},
            )


def _can_be_ordered(terms: Sequence[TermSpec], levels: int) -> None:
    for term in terms:
        if term.weight not in (1, -1):
            raise PydanticCustomError(
                "lexicographic_weight",
                "the weight {weight} of {name} means nothing where the order decides; leave it out, or "
                "write -1 where less is better, or 0 to only measure it",
                {"name": term.name, "weight": term.weight},
            )
    # Beyond this a float no longer tells neighbours apart.
    if levels ** len(terms) > 2**50:
        raise PydanticCustomError(
            "lexicographic_levels",
            "{count} terms in {levels} levels are more than a number can tell apart; lower levels",
            {"count": len(terms), "levels": levels},
        )
