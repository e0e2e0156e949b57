"""What a spec says of evaluation: who is compared, on what, who judges, and what must be reached."""

from collections import Counter
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.errors import UsageError
from nova_rft.spec._base import Name, ProjectFile, SpecModel
from nova_rft.spec._criteria import AnyCriterion, clashes, nothing_to_earn
from nova_rft.spec._models import JudgeModelSpec, Price
from nova_rft.spec._reward import TermSpec

# What contenders may not be called: these are always there.
_TAKEN = ("base", "custom")


class Skill(SpecModel):
    """Something general that a model must not lose by the training."""

    name: Name = Field(description="What the skill is called.")
    file: str = Field(
        min_length=1, description="Its records, as validation records: a file or an s3:// address."
    )
    terms: tuple[TermSpec, ...] = Field(
        min_length=1,
        max_length=50,
        description="How its answers are measured, 0 to 1: a reward of its own, of verifiers as a rule.",
    )
    margin: float = Field(
        0.05,
        gt=0,
        le=1,
        description=(
            "The skill is kept where the interval of the difference lies above minus this margin "
            "(non-inferiority)."
        ),
    )


class Production(SpecModel):
    """Metrics of production: of each model (an A/B test), or of the records' own prompts."""

    file: ProjectFile | None = Field(
        None,
        description=(
            "JSON Lines or CSV, one row for each observation: `model` (base, custom or another name) "
            "and the metrics, as numbers, true and false, or up and down."
        ),
    )
    metrics: tuple[str, ...] = Field(
        (),
        description="Fields of that file; more is better, and of one with a minus before it less is.",
    )
    fields: tuple[str, ...] = Field(
        (),
        description=(
            "Fields of the held-out records, such as thumbs: how far the primary measure of the base's "
            "answers goes with them."
        ),
    )

    @model_validator(mode="after")
    def _file_has_metrics(self) -> Self:
        if bool(self.file) != bool(self.metrics) or not (self.metrics or self.fields):
            raise PydanticCustomError(
                "production",
                "name a file and its metrics, or fields of the records",
            )
        return self


class BedrockEvaluation(SpecModel):
    """Bedrock's own evaluation jobs, on the same answers: `nova-rft evaluate --bedrock`."""

    role: str = Field(
        pattern=r"^arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.+$",
        description=(
            "ARN of a role that bedrock.amazonaws.com may take, which reads and writes the output "
            "bucket and asks the evaluator (bedrock:InvokeModel)."
        ),
    )
    evaluator: str | None = Field(
        None,
        description="The model that judges, by Bedrock's id; left out, the evaluation's judge.",
    )
    metrics: tuple[str, ...] = Field(
        ("Builtin.Correctness", "Builtin.Completeness", "Builtin.Helpfulness"),
        min_length=1,
        max_length=25,
        description="What it judges by; Correctness and Completeness use the record's reference.",
    )


class GainThresholds(SpecModel):
    """What the custom model must reach; what is left out is not asked for."""

    gain: float | None = Field(
        None,
        description=(
            "The low end of the primary measure's gain must be above this; from 0 on the gain must be "
            "real beside."
        ),
    )
    win_rate: float | None = Field(
        None,
        ge=0,
        le=1,
        description="The low end of the length-controlled win rate must be above this.",
    )
    skills: bool = Field(True, description="Whether every skill must be kept, where any is named.")

    @property
    def asked(self) -> bool:
        """Whether anything is asked for."""
        return self.gain is not None or self.win_rate is not None


class EvaluationSpec(SpecModel):
    """How the trained model is compared with the base and with others: `nova-rft evaluate`."""

    base: JudgeModelSpec | None = Field(
        None, description="What is compared against; left out, the spec's model."
    )
    models: dict[Name, JudgeModelSpec] = Field(
        default_factory=dict, description="Other models that are compared with the base, by name."
    )
    records: str | None = Field(
        None,
        min_length=1,
        description="Held-out records: a file or an s3:// address; left out, data.validation.",
    )
    prompts: int | None = Field(
        None, ge=1, description="Prompts at most, chosen by their digest; left out, all."
    )
    samples: int = Field(1, ge=1, le=64, description="Answers of each model to each prompt.")
    temperature: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Of the sampling; left out, 0 for one answer and 1, as trainers sample, for more.",
    )
    judge: JudgeModelSpec | None = Field(
        None,
        description=(
            "Grades in the place of every judge of the reward, and compares answers in pairs; it must "
            "not be one that trained."
        ),
    )
    criteria: tuple[AnyCriterion, ...] = Field(
        (),
        max_length=50,
        description=(
            "What the judge grades beside the reward, and compares by; none: it compares by the "
            "criteria of the reward's rubrics."
        ),
    )
    primary: str = Field(
        "reward",
        min_length=1,
        description=(
            "The measure whose verdict counts, declared before anything is seen: reward, win_rate, a "
            "term's name, TERM.CRITERION, or rubric for the criteria here."
        ),
    )
    smallest_gain: float | None = Field(
        None,
        gt=0,
        description=(
            "The smallest gain of the primary measure that would matter; says how many prompts are "
            "enough. Left out, a twentieth of the measure's range."
        ),
    )
    slices: tuple[str, ...] = Field(
        (), description="Fields of the records by whose values the primary measure is looked at."
    )
    skills: tuple[Skill, ...] = Field((), description="What must not be lost.")
    prices: dict[str, Price] = Field(
        default_factory=dict,
        description=(
            "What models cost, beside reward.prices: by the id that is asked, or by base, custom and "
            "other models' names. Left out, a deployed custom model costs what its base costs."
        ),
    )
    production: Production | None = Field(None, description="What users did, beside it.")
    bedrock: BedrockEvaluation | None = Field(
        None, description="Bedrock's own evaluation jobs beside it."
    )
    thresholds: GainThresholds = Field(
        default_factory=GainThresholds, description="What must be reached: a gate for pipelines."
    )

    def changed(self, **changes: Any) -> Self:
        """These settings with others in the place of some.

        Raises:
            UsageError: what comes out is not valid.
        """
        try:
            return type(self).model_validate({**dict(self), **changes})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(["evaluation", *map(str, first["loc"])])
            raise UsageError(f"{where}: {first['msg']}") from None

    @model_validator(mode="after")
    def _names_are_apart(self) -> Self:
        taken = sorted(set(_TAKEN) & self.models.keys())
        if taken:
            raise PydanticCustomError(
                "models_taken",
                "a model may not be named {names}: base and custom are named already",
                {"names": ", ".join(taken)},
            )
        counted = Counter(skill.name for skill in self.skills)
        twice = clashes(self.criteria) or sorted(n for n, count in counted.items() if count > 1)
        if twice:
            raise PydanticCustomError(
                "evaluation_clash",
                "share the name {names}; give each a name of its own",
                {"names": ", ".join(twice)},
            )
        if self.criteria and nothing_to_earn(self.criteria):
            raise PydanticCustomError(
                "criteria_weights",
                "no criterion has a positive weight, so nothing can be earned; "
                "give at least one a weight above 0",
            )
        if self.samples > 1 and self.temperature == 0:
            raise PydanticCustomError(
                "same_samples",
                "at temperature 0 all answers to a prompt are alike; ask for one, or raise it",
            )
        return self
