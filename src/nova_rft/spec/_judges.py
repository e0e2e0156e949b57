"""What a spec says of judges: rubric, preference, quiz, and juries made of them."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import SHARE, Interval, ProjectFile, TermAbstains, TermModel
from nova_rft.spec._criteria import AnyCriterion, Criterion, clashes, nothing_to_earn
from nova_rft.spec._examples import PairExample, RubricExample, check_examples
from nova_rft.spec._functions import OpenAIGraderTerm
from nova_rft.spec._models import JudgeModelSpec, OpenAIJudge, ReplayJudge


class _JudgeTerm(TermModel):
    curve: ProjectFile | None = Field(
        None,
        description=(
            "File that `nova-rft calibrate` wrote, such as calibration.json: its curve turns this "
            "judge's value into what people would say, as a share of their scale, before it is "
            "clipped. The metric stays raw."
        ),
    )

    @property
    def bounds(self) -> Interval | None:
        """Between which values the term counts; with a curve within 0 to 1."""
        if self.curve is None:
            return super().bounds
        low, high = self.clip or SHARE
        return min(max(low, 0.0), 1.0), max(min(high, 1.0), 0.0)


class _ModelTerm(_JudgeTerm):
    model: JudgeModelSpec = Field(description="The model that judges.")


class _GradingTerm(_ModelTerm):
    show_reference: bool = Field(
        True, description="Whether the judge sees the record's reference answer."
    )
    min_judged: float = Field(
        0.5,
        gt=0,
        le=1,
        description=(
            "Share that must have been judged, of the criteria's weights or of a response's pairs; "
            "below it the term abstains."
        ),
    )
    guidance: str = Field(
        "",
        max_length=8000,
        description="More instructions to the judge, in your words; they follow its criteria.",
    )


class RubricTerm(_GradingTerm):
    """Judge: how far the response meets the criteria, 0 to 1 (below 0 with `aggregate: points`)."""

    type: Literal["rubric"] = Field(description="A judge model answers criteria on one response.")
    criteria: tuple[AnyCriterion, ...] = Field(
        (), max_length=50, description="Names of the library, or own criteria."
    )
    record_criteria: str | None = Field(
        "rubric",
        min_length=1,
        description=(
            "Field of the record that may hold more criteria; one of the same name takes the place "
            "of the spec's. null: records are not looked at."
        ),
    )
    examples: tuple[RubricExample, ...] = Field(
        (),
        max_length=32,
        description="Responses with people's verdicts, shown to the judge before it judges others.",
    )
    calls: Literal["one", "each"] = Field(
        "one", description="one call for all criteria, or one call for each."
    )
    samples: int = Field(
        1, ge=1, le=32, description="How often each question is asked; more need a temperature."
    )
    vote: Literal["mode", "mean"] = Field(
        "mean",
        description="What samples of one criterion become: mode (a draw between verdicts: their mean) "
        "or mean.",
    )
    score_from: Literal["verdict", "probabilities"] = Field(
        "verdict",
        description=(
            "probabilities: the expected verdict under the judge's token probabilities (G-Eval), for "
            "openai endpoints that give them."
        ),
    )
    aggregate: Literal["weighted", "points", "holistic"] = Field(
        "weighted",
        description=(
            "weighted: sum of weight times verdict over the sum of weights, an avoided pitfall counts "
            "as met (Rubrics as Rewards, arXiv 2507.17746). points: earned over the positive weights, "
            "pitfalls below 0 (HealthBench, arXiv 2505.08775, which clips to 0 to 1 and so makes all "
            "bad answers alike: clip does the same). holistic: one verdict of 1 to 10 on all criteria "
            "together."
        ),
    )

    @property
    def natural_bounds(self) -> Interval | None:
        """0 to 1; points may fall below 0 by as much as a record's own pitfalls say."""
        return (-math.inf, 1.0) if self.aggregate == "points" else SHARE

    @model_validator(mode="after")
    def _criteria_make_sense(self) -> Self:
        _check_names(self.criteria)
        if not self.criteria and self.record_criteria is None:
            raise PydanticCustomError(
                "criteria_none", "has no criteria; add some, or name the records' field of criteria"
            )
        if nothing_to_earn(self.criteria):
            _refuse_weights()
        check_examples(self.examples, self.criteria, holistic=self.aggregate == "holistic")
        if self.aggregate == "holistic" and any(c.gate is not False for c in self.criteria):
            raise PydanticCustomError(
                "holistic_gate",
                "a gate needs a verdict of its own, which aggregate: holistic does not ask for; "
                "use weighted or points",
            )
        if self.score_from == "probabilities" and not isinstance(
            self.model, OpenAIJudge | ReplayJudge
        ):
            raise PydanticCustomError(
                "probabilities",
                "{provider} gives no token probabilities (Converse has none); use an openai endpoint, "
                "or score_from: verdict with samples",
                {"provider": self.model.provider},
            )
        return self


class PreferenceTerm(_GradingTerm):
    """Judge: the response against others, 0 to 1 (log strengths with `rating: bradley_terry`)."""

    type: Literal["preference"] = Field(description="A judge model compares responses.")
    criteria: tuple[AnyCriterion, ...] = Field(
        (), max_length=50, description="What better means; none: what serves the task better."
    )
    examples: tuple[PairExample, ...] = Field(
        (),
        max_length=32,
        description="Pairs with people's choice, shown to the judge before it compares others.",
    )
    against: Literal["comparisons", "siblings", "both"] = Field(
        "comparisons",
        description=(
            "comparisons: the record's comparison responses; siblings: the other rollouts of the same "
            "prompt in the event; both: siblings, with the comparison responses as anchors at 0."
        ),
    )
    comparisons: str = Field(
        "comparisons",
        min_length=1,
        description="Field of the record with one comparison response or a list of them.",
    )
    method: Literal["round_robin", "swiss", "listwise"] = Field(
        "round_robin",
        description="Among siblings: every pair, Swiss rounds, or one call that ranks all.",
    )
    rounds: int | None = Field(
        None, ge=1, le=32, description="Swiss rounds; left out, the logarithm of the group's size."
    )
    both_orders: bool = Field(
        True,
        description="Ask each pair in both orders (a list: also reversed); disagreement means a tie.",
    )
    rating: Literal["borda", "bradley_terry"] = Field(
        "borda",
        description=(
            "What a tournament becomes: the share of others beaten (ties half), or log strengths "
            "around the group's mean."
        ),
    )
    virtual_games: float = Field(
        1.0,
        gt=0,
        le=100,
        description="Drawn games added for each response, so that one win is no clean sweep.",
    )
    length_control: bool = Field(
        False,
        description=(
            "Take out what length alone explains of the event's verdicts (after AlpacaEval's "
            "length-controlled win rate, arXiv 2404.04475)."
        ),
    )

    @property
    def natural_bounds(self) -> Interval | None:
        """0 to 1; log strengths have no bounds."""
        return None if self.rating == "bradley_terry" else SHARE

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        _check_names(self.criteria)
        alone = self.against == "comparisons"
        if alone and self.rating == "bradley_terry":
            raise PydanticCustomError(
                "rating",
                "bradley_terry rates a group, but against is comparisons; use borda, or against: both",
            )
        if alone and self.method != "round_robin":
            raise PydanticCustomError(
                "method",
                "method {method} is for siblings, but against is comparisons; leave it out, or use "
                "against: siblings or both",
                {"method": self.method},
            )
        if self.rounds is not None and self.method != "swiss":
            raise PydanticCustomError(
                "rounds", "rounds are Swiss rounds; use method: swiss, or leave rounds out"
            )
        return self


class QuizTerm(_ModelTerm):
    """Judge: the share of questions on the source that can be answered from the response alone."""

    type: Literal["quiz"] = Field(
        description="Questions made once per source, answered from the response alone."
    )
    source: str = Field(
        "prompt",
        min_length=1,
        description="What the questions are on: the prompt, or the record's field of this name.",
    )
    quiz: str = Field(
        "quiz",
        min_length=1,
        description="Field of the record with a ready quiz (`nova-rft judge quiz` writes it).",
    )
    writer: JudgeModelSpec | None = Field(
        None, description="The model that writes questions; left out, the one that judges."
    )
    questions: int = Field(10, ge=2, le=50, description="Questions to write for a source.")
    options: int = Field(4, ge=2, le=8, description='Options of each, beside "don\'t know".')
    min_questions: int = Field(
        3,
        ge=1,
        le=50,
        description="Fewer usable questions on a source, and the term abstains on its rollouts.",
    )


Juror = Annotated[RubricTerm | PreferenceTerm | QuizTerm, Field(discriminator="type")]


class JuryTerm(_JudgeTerm):
    """Judge: several judges' values of one response, made one."""

    type: Literal["jury"] = Field(description="Several judges (models, prompts, kinds).")
    judges: tuple[Juror, ...] = Field(
        min_length=2, max_length=16, description="The jurors; their weight is their say."
    )
    combine: Literal["mean", "median", "majority", "weighted"] = Field(
        "mean",
        description=(
            "mean, median, majority (1 if more than half of them are at least 0.5, a draw counts "
            "0.5), or the mean weighted by the jurors' weights."
        ),
    )
    max_disagreement: float | None = Field(
        None,
        gt=0,
        description="Where the highest and the lowest juror differ by more, the term abstains.",
    )
    min_judges: int = Field(
        2, ge=1, le=16, description="Fewer jurors with a value, and the term abstains."
    )

    @property
    def natural_bounds(self) -> Interval | None:
        """What the jurors' bounds span."""
        spans = [judge.bounds for judge in self.judges]
        if self.combine == "majority":
            return SHARE
        if None in spans:
            return None
        known = [span for span in spans if span is not None]
        return min(low for low, _ in known), max(high for _, high in known)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [judge.name for judge in self.judges]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PydanticCustomError(
                "jurors_clash",
                "judges share the name {names}; give each judge a name of its own",
                {"names": ", ".join(twice)},
            )
        for judge in self.judges:
            own = judge.gate is not None or judge.on_abstain is not TermAbstains.WHOLE
            if own or judge.curve is not None:
                raise PydanticCustomError(
                    "juror_gate",
                    "the juror {name} has a gate, an on_abstain or a curve; those belong to the jury "
                    "itself",
                    {"name": judge.name},
                )
        if self.min_judges > len(self.judges):
            raise PydanticCustomError(
                "min_judges",
                "min_judges {least} is more than the {count} judges there are",
                {"least": self.min_judges, "count": len(self.judges)},
            )
        if self.combine == "weighted" and any(judge.weight <= 0 for judge in self.judges):
            raise PydanticCustomError(
                "juror_weights", "a juror's weight must be above 0 where combine is weighted"
            )
        return self


JudgeTerm = RubricTerm | PreferenceTerm | QuizTerm | JuryTerm
JUDGE_TERMS = (RubricTerm, PreferenceTerm, QuizTerm, JuryTerm)


def single_judges(terms: Sequence[Any]) -> Iterator[RubricTerm | PreferenceTerm | QuizTerm]:
    """Every judge among terms, jurors one by one."""
    for term in terms:
        if isinstance(term, JuryTerm):
            yield from term.judges
        elif isinstance(term, RubricTerm | PreferenceTerm | QuizTerm):
            yield term


def judge_models_of(terms: Sequence[Any]) -> Iterator[JudgeModelSpec]:
    """Every model that a term calls."""
    for judge in single_judges(terms):
        yield judge.model
        if isinstance(judge, QuizTerm) and judge.writer is not None:
            yield judge.writer
    for term in terms:
        if isinstance(term, OpenAIGraderTerm) and term.model is not None:
            yield term.model


def with_models(term: Any, change: Callable[[JudgeModelSpec], JudgeModelSpec]) -> Any:
    """The term with each of its judge models changed; other terms as they are."""
    if isinstance(term, JuryTerm):
        return term.model_copy(
            update={"judges": tuple(with_models(j, change) for j in term.judges)}
        )
    if isinstance(term, OpenAIGraderTerm) and term.model is not None:
        return term.model_copy(update={"model": change(term.model)})
    if not isinstance(term, RubricTerm | PreferenceTerm | QuizTerm):
        return term
    update: dict[str, Any] = {"model": change(term.model)}
    if isinstance(term, QuizTerm) and term.writer is not None:
        update["writer"] = change(term.writer)
    return term.model_copy(update=update)


def _check_names(criteria: Sequence[Criterion]) -> None:
    twice = clashes(criteria)
    if twice:
        raise PydanticCustomError(
            "criteria_clash",
            "criteria share the name {names}; give each criterion a name of its own",
            {"names": ", ".join(twice)},
        )


def _refuse_weights() -> None:
    raise PydanticCustomError(
        "criteria_weights",
        "no criterion has a positive weight, so nothing can be earned; "
        "give at least one a weight above 0",
    )
