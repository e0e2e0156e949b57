"""The spec: everything that one customization project asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec import _limits as limits
from nova_rft.spec._base import SpecModel
from nova_rft.spec._calibration import CalibrationSpec
from nova_rft.spec._capabilities import Refusal, capability
from nova_rft.spec._distillation import DistillationSpec
from nova_rft.spec._judges import judge_models_of
from nova_rft.spec._models import BedrockJudge, JudgeModelSpec, OpenAIJudge
from nova_rft.spec._reward import RewardSpec

ProjectName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]


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


class RftTraining(SpecModel):
    """Hyperparameters of a Bedrock RFT job; those left out take the service's default."""

    epochs: Annotated[int, limits.within(limits.RFT_EPOCHS)] | None = Field(
        None, description="Passes over the training records (epochCount)."
    )
    batch_size: Annotated[int, limits.within(limits.RFT_BATCH_SIZE)] | None = Field(
        None, description="Prompts in one step (batchSize)."
    )
    samples_per_prompt: Annotated[int, limits.within(limits.RFT_SAMPLES_PER_PROMPT)] | None = Field(
        None, description="Rollouts drawn for each prompt (trainingSamplePerPrompt)."
    )
    learning_rate: Annotated[float, limits.within(limits.RFT_LEARNING_RATE)] | None = Field(
        None, description="Step size (learningRate)."
    )
    max_prompt_length: int | None = Field(
        None, ge=1, description="Tokens of a prompt that are kept (maxPromptLength)."
    )
    max_new_tokens: int | None = Field(
        None, ge=1, description="Bound on a rollout's tokens (inferenceMaxTokens)."
    )
    reasoning_effort: Literal["low", "medium", "high"] | None = Field(
        None, description="How long the policy reasons before it answers (reasoningEffort)."
    )
    eval_interval: Annotated[int, limits.within(limits.RFT_EVAL_INTERVAL)] | None = Field(
        None, description="Steps between evaluations on the validation records (evalInterval)."
    )


class Spec(SpecModel):
    """One customization project."""

    project: ProjectName = Field(
        max_length=24, description="Name of the project: lower-case letters, digits, hyphens."
    )
    stage: ProjectName = Field(
        "dev", max_length=12, description="Which copy of the stacks: dev, test, prod."
    )
    technique: Literal["rft"] = Field("rft", description="rft: reinforcement fine-tuning.")
    backend: Literal["bedrock"] = Field(
        "bedrock", description="bedrock: CreateModelCustomizationJob."
    )
    model: str = Field(description="The base model's identifier as the backend takes it.")
    region: str | None = Field(
        None,
        pattern=r"^[a-z]{2}(-gov)?-[a-z]+-\d$",
        description="AWS region; left out, the one that AWS_REGION or the AWS profile names.",
    )
    data: DataSpec = Field(description="The records.")
    training: RftTraining = Field(
        default_factory=RftTraining, description="Hyperparameters of the job."
    )
    reward: RewardSpec = Field(description="What the policy is rewarded for.")
    distillation: DistillationSpec | None = Field(
        None, description="Records from a teacher: `nova-rft data distil`."
    )
    calibration: CalibrationSpec = Field(
        default_factory=CalibrationSpec, description="Whether the judges agree with people."
    )

    @model_validator(mode="after")
    def _a_budget_needs_prices(self) -> Self:
        asked = self.distillation
        if asked is None or asked.budget is None:
            return self
        unpriced = self.unpriced(asked.teacher, *judge_models_of(self.reward.terms))
        if unpriced:
            raise PydanticCustomError(
                "budget_prices",
                "distillation has a budget but no price for {models}; add it under reward.prices",
                {"models": ", ".join(unpriced)},
            )
        return self

    @field_validator("model")
    @classmethod
    def _model_is_offered(cls, model: str, info: ValidationInfo) -> str:
        technique, backend = info.data.get("technique"), info.data.get("backend")
        if technique is None or backend is None:
            return model  # What is wrong with them is said already.
        found = capability(technique, backend, model)
        if isinstance(found, Refusal):
            raise PydanticCustomError("model_offered", "{refusal}", {"refusal": str(found)})
        return model

    def unpriced(self, *models: JudgeModelSpec) -> list[str]:
        """Ids of those models that somebody is paid for and that have no price."""
        paid = {one.id for one in models if isinstance(one, BedrockJudge | OpenAIJudge)}
        return sorted(paid - self.reward.prices.keys())

    def stack_name(self, part: str) -> str:
        """Name of one of the project's stacks; part is storage, reward or customization."""
        return f"{self.project}-{self.stage}-{part}"
