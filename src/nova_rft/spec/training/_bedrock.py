"""Hyperparameters of Bedrock's own jobs, and of its OpenAI-compatible API."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nova_rft.spec import _limits as limits
from nova_rft.spec.training._hyper import Hyperparameters, hyper


class RftTraining(Hyperparameters):
    """Hyperparameters of a Bedrock RFT job; those left out take the service's default."""

    source: ClassVar[str] = "botocore 1.44.5, bedrock service model, RFTHyperParameters"

    epochs: Annotated[int, limits.within(limits.RFT_EPOCHS)] | None = hyper(
        "epochCount", "Passes over the training records"
    )
    batch_size: Annotated[int, limits.within(limits.RFT_BATCH_SIZE)] | None = hyper(
        "batchSize", "Prompts in one step"
    )
    samples_per_prompt: Annotated[int, limits.within(limits.RFT_SAMPLES_PER_PROMPT)] | None = hyper(
        "trainingSamplePerPrompt", "Rollouts drawn for each prompt"
    )
    learning_rate: Annotated[float, limits.within(limits.RFT_LEARNING_RATE)] | None = hyper(
        "learningRate", "Step size"
    )
    max_prompt_length: int | None = hyper(
        "maxPromptLength", "Tokens of a prompt that are kept", ge=1
    )
    max_new_tokens: int | None = hyper("inferenceMaxTokens", "Bound on a rollout's tokens", ge=1)
    reasoning_effort: Literal["low", "medium", "high"] | None = hyper(
        "reasoningEffort", "How long the policy reasons before it answers"
    )
    eval_interval: Annotated[int, limits.within(limits.RFT_EVAL_INTERVAL)] | None = hyper(
        "evalInterval", "Steps between evaluations on the validation records"
    )


class OpenWeightRft(Hyperparameters):
    """Hyperparameters of an RFT job on an open-weight model, by the OpenAI-compatible API."""

    source: ClassVar[str] = (
        "aws-samples/amazon-bedrock-samples, bedrock-reinforcement-fine-tuning (2026-08-21)"
    )

    epochs: int | None = hyper("n_epochs", "Passes over the training records", ge=1, le=50)
    batch_size: int | None = hyper("batch_size", "Prompts in one step", ge=1, le=512)
    learning_rate_multiplier: float | None = hyper(
        "learning_rate_multiplier", "The service's step size counts this many times", gt=0, le=100
    )


class BedrockSft(Hyperparameters):
    """Hyperparameters of a Bedrock fine-tuning job on Nova."""

    source: ClassVar[str] = "Amazon Nova User Guide, fine-tuning: hyperparameters (2026-11-01)"

    epochs: Annotated[int, limits.within(limits.SFT_EPOCHS)] | None = hyper(
        "epochCount", "Passes over the training records", default=2
    )
    learning_rate: Annotated[float, limits.within(limits.SFT_LEARNING_RATE)] | None = hyper(
        "learningRate", "Step size", default=1e-5
    )
    warmup_steps: Annotated[int, limits.within(limits.SFT_WARMUP_STEPS)] | None = hyper(
        "learningRateWarmupSteps", "Steps over which the learning rate rises", default=10
    )


class BedrockDistillation(Hyperparameters):
    """What a Bedrock distillation job is told: who the teacher is, and how long its answers are."""

    source: ClassVar[str] = "botocore 1.44.5, bedrock service model, TeacherModelConfig"

    teacher: str = Field("amazon.nova-pro-v1:0", description="The model that answers the prompts.")
    max_response_length: int | None = hyper(
        "maxResponseLengthForInference", "Bound on an answer's tokens", ge=1
    )


class BedrockCpt(Hyperparameters):
    """Hyperparameters of a Bedrock continued pre-training job, for models that take it: none does."""

    source: ClassVar[str] = (
        "Bedrock User Guide, custom model hyperparameters: Titan Text (2026-11-01)"
    )

    epochs: int | None = hyper("epochCount", "Passes over the training records", ge=1, le=10)
    batch_size: int | None = hyper("batchSize", "Records in one step", ge=1, le=64)
    learning_rate: float | None = hyper("learningRate", "Step size", gt=0, le=1e-3)
    warmup_steps: int | None = hyper(
        "learningRateWarmupSteps", "Steps over which the learning rate rises", ge=0, le=250
    )
