"""The spec: everything that one customization project asks for."""

from typing import Any, Literal, Self

from pydantic import (
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from nova_rft.errors import UsageError
from nova_rft.spec._base import ProjectName, Region, SpecModel, StageName
from nova_rft.spec._calibration import CalibrationSpec
from nova_rft.spec._capabilities import Capability, Need, Refusal, capability
from nova_rft.spec._compute import (
    ComputeSpec,
    MlflowSpec,
    ModelSource,
    TrainingPrices,
    compute_problem,
    resume_problem,
)
from nova_rft.spec._distillation import DistillationSpec
from nova_rft.spec._evaluation import EvaluationSpec
from nova_rft.spec._judges import judge_models_of
from nova_rft.spec._models import BedrockJudge, JudgeModelSpec, OpenAIJudge
from nova_rft.spec._reward import RewardSpec
from nova_rft.spec._verifiers import TokenF1Term
from nova_rft.spec.training import Hyperparameters, RftTraining, Training, training_kind

Technique = Literal["rft", "sft", "dpo", "distillation", "cpt"]
BackendName = Literal["bedrock", "bedrock-openai", "sagemaker", "sagemaker-recipe", "hyperpod"]


Column = Literal["system", "prompt", "completion", "chosen", "rejected"]


class DataSpec(SpecModel):
    """Where the records are, relative to the spec's folder or in S3.

    Services take JSON Lines of the technique's shape; whatever else is named here (JSON, CSV, Parquet,
    another shape, or columns by other names) is converted before it is checked, scored and sent.
    """

    train: str = Field(
        min_length=1, description="Training records: a file, or an s3:// address of one."
    )
    validation: str | None = Field(
        None, min_length=1, description="Validation records, as the training records."
    )
    shape: Literal["chat", "converse", "columns", "pairs", "logs"] | None = Field(
        None,
        description=(
            "What the records look like where they are not the technique's own: OpenAI chat, "
            "Bedrock's conversations, columns (prompt, completion), pairs (prompt, chosen, rejected), "
            "or Bedrock's invocation logs."
        ),
    )
    columns: dict[Column, str] = Field(
        default_factory=dict,
        description="What the columns are called, such as {prompt: question, completion: answer}.",
    )

    @model_validator(mode="after")
    def _columns_have_a_shape(self) -> Self:
        if self.columns and self.shape not in (None, "columns", "pairs"):
            raise PydanticCustomError(
                "columns_shape",
                "columns name nothing in records of the shape {shape}; leave one of them out",
                {"shape": self.shape},
            )
        return self


class Spec(SpecModel):
    """One customization project."""

    project: ProjectName = Field(
        description="Name of the project: lower-case letters, digits, hyphens."
    )
    stage: StageName = Field("dev", description="Which copy of the stacks: dev, test, prod.")
    technique: Technique = Field(
        "rft",
        description=(
            "rft (reinforcement fine-tuning), sft, dpo, distillation, or cpt (continued pre-training)."
        ),
    )
    backend: BackendName = Field(
        "bedrock",
        description=(
            "bedrock, bedrock-openai (open-weight models), sagemaker (serverless), sagemaker-recipe "
            "(a training job), or hyperpod."
        ),
    )
    adapter: Literal["lora", "full"] | None = Field(
        None,
        description="lora, or full (all weights); left out, the first that the backend offers.",
    )
    model: str = Field(description="The base model, by Bedrock's id whatever the backend.")
    region: Region | None = Field(
        None,
        description="AWS region; left out, the one that AWS_REGION or the AWS profile names.",
    )
    data: DataSpec = Field(description="The records.")
    training: Training = Field(
        default_factory=RftTraining,
        validate_default=True,
        description="Hyperparameters of the job: which, the technique and the backend say.",
    )
    compute: ComputeSpec | None = Field(
        None, validate_default=True, description="Instances, for sagemaker-recipe and hyperpod."
    )
    resume_from: ModelSource | None = Field(
        None,
        description=(
            "What to go on from instead of the base model: a custom model's ARN (bedrock), a model "
            "package's (sagemaker), or the S3 address of a checkpoint (recipes)."
        ),
    )
    prices: TrainingPrices = Field(
        default_factory=TrainingPrices,
        description="What training costs; judges' prices are the reward's.",
    )
    mlflow: MlflowSpec | None = Field(None, description="Where runs are logged beside AWS.")
    reward: RewardSpec | None = Field(
        None,
        validate_default=True,
        description="What the policy is rewarded for: needed by rft, and by whatever scores or judges.",
    )
    distillation: DistillationSpec | None = Field(
        None, description="Records from a teacher: `nova-rft data distil`."
    )
    calibration: CalibrationSpec = Field(
        default_factory=CalibrationSpec, description="Whether the judges agree with people."
    )
    evaluation: EvaluationSpec = Field(
        default_factory=EvaluationSpec, description="Whether the trained model is better."
    )

    @field_validator("model")
    @classmethod
    def _model_is_offered(cls, model: str, info: ValidationInfo) -> str:
        if {"technique", "backend", "adapter"} - info.data.keys():
            return model  # What is wrong with them is said already.
        found = capability(
            info.data["technique"], info.data["backend"], model, info.data["adapter"]
        )
        if isinstance(found, Refusal):
            raise PydanticCustomError("model_offered", "{refusal}", {"refusal": str(found)})
        return model

    @field_validator("data")
    @classmethod
    def _validation_is_taken(cls, data: DataSpec, info: ValidationInfo) -> DataSpec:
        cell = _cell(info)
        if cell and data.validation and not cell.takes_validation:
            raise PydanticCustomError(
                "no_validation",
                "{backend} takes no validation records for {technique} of {model}; leave "
                "data.validation out",
                {"backend": cell.backend, "technique": cell.technique, "model": cell.model},
            )
        return data

    @field_validator("training", mode="wrap")
    @classmethod
    def _training_of_its_kind(
        cls, given: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Hyperparameters:
        cell = _cell(info)
        if cell is None:
            return RftTraining()  # What is wrong is said already, and nothing is made of this.
        kind = training_kind(cell)
        if isinstance(given, Hyperparameters):
            # What the spec leaves out, or what a program made.
            given = given.model_dump(exclude_none=True)
        return kind.model_validate(given, strict=True)

    @field_validator("compute")
    @classmethod
    def _compute_fits(cls, compute: ComputeSpec | None, info: ValidationInfo) -> ComputeSpec | None:
        cell = _cell(info)
        if cell is not None:
            problem = compute_problem(cell, compute)
            if problem:
                raise PydanticCustomError("compute", "{problem}", {"problem": problem})
        return compute

    @field_validator("resume_from")
    @classmethod
    def _goes_on_from_what_it_can(cls, source: str | None, info: ValidationInfo) -> str | None:
        cell = _cell(info)
        problem = resume_problem(cell, source) if cell and source else None
        if problem:
            raise PydanticCustomError("resume_from", "{problem}", {"problem": problem})
        return source

    @field_validator("reward")
    @classmethod
    def _rft_has_a_reward(
        cls, reward: RewardSpec | None, info: ValidationInfo
    ) -> RewardSpec | None:
        if reward is None and info.data.get("technique") == "rft":
            raise PydanticCustomError("reward_missing", "is missing; rft is nothing without one")
        return reward

    @model_validator(mode="after")
    def _a_budget_needs_prices(self) -> Self:
        asked = self.distillation
        if asked is None or asked.budget is None:
            return self
        unpriced = self.unpriced(asked.teacher, *judge_models_of(self.required_reward.terms))
        if unpriced:
            raise PydanticCustomError(
                "budget_prices",
                "distillation has a budget but no price for {models}; add it under reward.prices",
                {"models": ", ".join(unpriced)},
            )
        return self

    @property
    def required_reward(self) -> RewardSpec:
        """The reward, for whatever cannot do without.

        Raises:
            UsageError: the spec has none.
        """
        if self.reward is None:
            raise UsageError(
                f"the spec of {self.project} has no reward; add one to score, judge or distil"
            )
        return self.reward

    @property
    def measured_reward(self) -> RewardSpec:
        """What an evaluation scores by: the reward, else the words that answer and reference share."""
        if self.reward is not None:
            return self.reward
        overlap = TokenF1Term(name="overlap", type="token_f1")
        return RewardSpec(range=(0.0, 1.0), terms=(overlap,))

    @property
    def experiment(self) -> str:
        """Name of the experiment that its runs are logged under."""
        return (self.mlflow.experiment if self.mlflow else None) or f"{self.project}-{self.stage}"

    @property
    def cell(self) -> Capability:
        """The row of the capability table that this project is."""
        found = capability(self.technique, self.backend, self.model, self.adapter)
        if isinstance(found, Refusal):  # Refused when the spec was read.
            raise UsageError(str(found))
        return found

    def unpriced(self, *models: JudgeModelSpec) -> list[str]:
        """Ids of those models that somebody is paid for and that have no price."""
        paid = {one.id for one in models if isinstance(one, BedrockJudge | OpenAIJudge)}
        return sorted(paid - self.required_reward.prices.keys())

    @property
    def parts(self) -> tuple[str, ...]:
        """The project's stacks, in the order that they need each other: what its cell needs, no more.

        The reward's is there for jobs that call its Lambda; what else scores by the spec's reward does
        so where it runs. A stack that an earlier spec had and this one has not is left alone until the
        project is destroyed: jobs may be bound to what it made.
        """
        needs = self.cell.needs
        made = {
            "storage": True,
            "reward": self.cell.calls_reward,
            "packages": Need.PACKAGE_GROUP in needs,
            "evaluators": Need.EVALUATOR in needs,
            "customization": True,
            "monitoring": self.cell.calls_reward,
        }
        return tuple(part for part, needed in made.items() if needed)

    def stack_name(self, part: str) -> str:
        """Name of one of the project's stacks; part is one of `parts`."""
        return f"{self.project}-{self.stage}-{part}"


def _cell(info: ValidationInfo) -> Capability | None:
    """The row that the fields read so far make, or None where one of them is wrong already."""
    if {"technique", "backend", "adapter", "model"} - info.data.keys():
        return None
    asked = (info.data[name] for name in ("technique", "backend", "model", "adapter"))
    found = capability(*asked)
    return None if isinstance(found, Refusal) else found
