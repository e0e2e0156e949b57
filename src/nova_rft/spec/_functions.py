"""What a spec says of functions and graders that were written for something else."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import Interval, SpecModel, TermModel
from nova_rft.spec._models import JudgeModelSpec
from nova_rft.spec._verifiers import CodeLimits

# `rewards:score` names `score` in `rewards.py` beside the spec, or in an installed module.
FunctionName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"
    ),
]


class FunctionTerm(TermModel):
    """Base of terms that are a Python function."""

    natural: ClassVar[Interval | None] = None

    function: FunctionName = Field(
        description=(
            "module:name; the module is a file or folder beside the spec, which goes along into the "
            "Lambda, or installed there."
        )
    )

    @property
    def module(self) -> str:
        """The module's name."""
        return self.function.partition(":")[0]


class PythonTerm(FunctionTerm):
    """Function: called with each `Rollout`; gives a number, a Score, an Abstention or None."""

    type: Literal["python"] = Field(description="A function of your own.")


class TrlTerm(FunctionTerm):
    """Function with the signature of TRL's GRPO rewards, called once with a whole event."""

    type: Literal["trl"] = Field(
        description="TRL: function(prompts, completions, **columns) to a list of numbers."
    )
    conversational: bool = Field(
        True, description="Prompts as lists of messages, as TRL gives them; false: as texts."
    )


class VerifiersTerm(FunctionTerm):
    """Function as the rubrics of the library verifiers take it."""

    type: Literal["verifiers"] = Field(
        description="verifiers: function of any of completion, answer, prompt, info, task."
    )


class StringCheck(SpecModel):
    """Grader: 1 or 0 by comparing two texts."""

    type: Literal["string_check"] = Field(description="Compares texts.")
    name: str = Field("string_check", description="Its name.")
    operation: Literal["eq", "ne", "like", "ilike"] = Field(
        description="Equal, not equal, contains, contains whatever the case."
    )
    input: str = Field(description="Template.")
    reference: str = Field(description="Template.")


class TextSimilarity(SpecModel):
    """Grader: how alike two texts are, 0 to 1."""

    type: Literal["text_similarity"] = Field(description="Measures likeness.")
    name: str = Field("text_similarity", description="Its name.")
    input: str = Field(description="Template.")
    reference: str = Field(description="Template.")
    evaluation_metric: Literal[
        "fuzzy_match",
        "rouge_1",
        "rouge_2",
        "rouge_3",
        "rouge_4",
        "rouge_5",
        "rouge_l",
        "bleu",
        "gleu",
        "meteor",
        "cosine",
    ] = Field(description="Which likeness.")
    pass_threshold: float | None = Field(None, description="Not used: a reward needs the number.")

    @model_validator(mode="after")
    def _metric_is_carried(self) -> Self:
        if self.evaluation_metric in ("bleu", "gleu", "meteor", "cosine"):
            raise PydanticCustomError(
                "evaluation_metric",
                "{metric} is not carried over; use fuzzy_match, rouge_1 to rouge_5 or rouge_l",
                {"metric": self.evaluation_metric},
            )
        return self


class GraderMessage(SpecModel):
    """One message of a model grader's prompt."""

    role: Literal["system", "developer", "user", "assistant"] = Field(description="Who speaks.")
    content: str = Field(description="Template; parts that are no text are not carried over.")
    type: Literal["message"] = Field("message", description="As OpenAI writes it.")


class _ModelGrader(SpecModel):
    input: tuple[GraderMessage, ...] = Field(min_length=1, description="The prompt.")
    model: str = Field(description="OpenAI's model; the term's own `model` judges in its place.")
    sampling_params: dict[str, Any] | None = Field(
        None, description="Not used: how to sample belongs to the term's `model`."
    )


class ScoreModel(_ModelGrader):
    """Grader: a model's number; it counts as it is."""

    type: Literal["score_model"] = Field(description="A model gives a number.")
    name: str = Field("score_model", description="Its name.")
    range: Interval = Field((0.0, 1.0), description="Between which values the number must lie.")


class LabelModel(_ModelGrader):
    """Grader: 1 when a model chooses a passing label, else 0."""

    type: Literal["label_model"] = Field(description="A model chooses a label.")
    name: str = Field("label_model", description="Its name.")
    labels: tuple[str, ...] = Field(min_length=2, description="Labels to choose from.")
    passing_labels: tuple[str, ...] = Field(min_length=1, description="Those that pass.")


class PythonGrader(SpecModel):
    """Grader: `grade(sample, item)` of a text of Python, run in the sandbox."""

    type: Literal["python"] = Field(description="Python, run in the sandbox.")
    name: str = Field("python", description="Its name.")
    source: str = Field(description="The text; it defines grade(sample, item).")
    image_tag: str | None = Field(
        None, description="Not used: the sandbox has the standard library."
    )


SingleGrader = Annotated[
    StringCheck | TextSimilarity | ScoreModel | LabelModel | PythonGrader,
    Field(discriminator="type"),
]


class Multi(SpecModel):
    """Grader: several graders, and a formula of their names."""

    type: Literal["multi"] = Field(description="Several graders.")
    name: str = Field("multi", description="Its name.")
    graders: dict[str, SingleGrader] = Field(min_length=1, description="Graders by name.")
    calculate_output: str = Field(
        description="Formula: names, numbers, + - * / ^, min, max, abs, floor, ceil, exp, sqrt, log."
    )


Grader = Annotated[
    StringCheck | TextSimilarity | ScoreModel | LabelModel | PythonGrader | Multi,
    Field(discriminator="type"),
]


class OpenAIGraderTerm(TermModel):
    """Grader of OpenAI's fine-tuning API, as its JSON says it."""

    natural: ClassVar[Interval | None] = None

    type: Literal["openai_grader"] = Field(description="A grader of OpenAI's API.")
    grader: Grader = Field(description="The grader's JSON, which is YAML too.")
    model: JudgeModelSpec | None = Field(
        None, description="The model that judges, for score_model and label_model."
    )
    limits: CodeLimits = Field(default_factory=CodeLimits, description="For python graders.")

    @property
    def graders(self) -> tuple[SingleGrader, ...]:
        """All of them, one by one."""
        if isinstance(self.grader, Multi):
            return tuple(self.grader.graders.values())
        return (self.grader,)

    @model_validator(mode="after")
    def _has_its_model(self) -> Self:
        if self.model is None and any(
            isinstance(one, ScoreModel | LabelModel) for one in self.graders
        ):
            raise PydanticCustomError(
                "grader_model",
                "the grader asks a model; name the one that judges here as model of the term",
            )
        return self
