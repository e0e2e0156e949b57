"""Hyperparameters of SageMaker's jobs, serverless and by recipe, and of HyperPod's.

Serverless jobs take them by name (`HyperParameters` of CreateTrainingJob), recipes hold them in their
tree; both have one table of ranges. Full-rank training takes what LoRA takes
less the adapter.
"""

from typing import Annotated, ClassVar, Literal

from nova_rft.spec._limits import recipe_range
from nova_rft.spec.training._hyper import Hyperparameters, hyper

_SOURCE = "aws/sagemaker-hyperpod-recipes, commit 2631995 (2026-06-23), allowed values"

Epochs = Annotated[int, recipe_range(1, 100)]
Steps = Annotated[int, recipe_range(4, 100_000)]
RftSteps = Annotated[int, recipe_range(5, 100_000)]
SaveSteps = Annotated[int, recipe_range(1, 100_000)]
RftSaveSteps = Annotated[int, recipe_range(0, 100_000)]
Rate = Annotated[float, recipe_range(0, 1)]
LeastRate = Annotated[float, recipe_range(1e-7, 1)]
Decay = Annotated[float, recipe_range(0, 1)]
Warmup = Annotated[int, recipe_range(0, 100)]
Context = Annotated[int, recipe_range(1, 131_072)]
Alpha = Literal[32, 64, 96, 128, 160, 192]
RftAlpha = Literal[16, 32, 64]
PlusRatio = Annotated[float, recipe_range(1, 70)]

_OPTIM_1 = "training_config.model.optim"
_LORA_1 = "training_config.model.peft.lora_tuning"
_LORA_2 = "training_config.peft.lora_tuning"
_RFT = "training_config.trainer"
_STEP_SIZE = "Step size"
_BATCH = "Records in one step"
_PASSES = "Passes over the training records"
_LONGEST = "Tokens of a record that are kept"
_ALPHA = "Scale of the adapter's update"
_RATIO = "How many times faster the adapter's second matrix learns (LoRA+)"


class _Nova1(Hyperparameters):
    """What SFT and DPO of Nova 1 share."""

    source: ClassVar[str] = _SOURCE

    epochs: Epochs | None = hyper(
        "max_epochs", _PASSES, default=2, recipe="training_config.trainer.max_epochs"
    )
    max_length: Context | None = hyper(
        "max_context_length", _LONGEST, default=8192, recipe="training_config.max_length"
    )
    warmup_steps: Warmup | None = hyper(
        "warmup_steps",
        "Steps over which the learning rate rises",
        default=10,
        recipe=f"{_OPTIM_1}.sched.warmup_steps",
    )
    min_learning_rate: LeastRate | None = hyper(
        "min_lr",
        "Step size that the learning rate falls to",
        default=1e-6,
        recipe=f"{_OPTIM_1}.sched.min_lr",
    )
    weight_decay: Decay | None = hyper(
        "weight_decay",
        "How strongly weights are drawn to zero",
        default=0.0,
        recipe=f"{_OPTIM_1}.weight_decay",
    )


class Nova1Sft(_Nova1):
    """Hyperparameters of full-rank SFT of a Nova 1 model, on SageMaker or HyperPod."""

    batch_size: Literal[16, 32, 64] | None = hyper(
        "global_batch_size", _BATCH, default=16, recipe="training_config.global_batch_size"
    )
    learning_rate: Rate | None = hyper(
        "learning_rate", _STEP_SIZE, default=5e-6, recipe=f"{_OPTIM_1}.lr"
    )


class Nova1SftLora(_Nova1):
    """Hyperparameters of LoRA SFT of a Nova 1 model, on SageMaker or HyperPod."""

    batch_size: Literal[16, 32, 64] | None = hyper(
        "global_batch_size", _BATCH, default=64, recipe="training_config.global_batch_size"
    )
    learning_rate: Rate | None = hyper(
        "learning_rate", _STEP_SIZE, default=1e-5, recipe=f"{_OPTIM_1}.lr"
    )
    lora_alpha: Alpha | None = hyper("lora_alpha", _ALPHA, default=128, recipe=f"{_LORA_1}.alpha")
    lora_plus_ratio: PlusRatio | None = hyper(
        "learning_rate_ratio", _RATIO, default=16.0, recipe=f"{_LORA_1}.loraplus_lr_ratio"
    )


class Nova1Dpo(_Nova1):
    """Hyperparameters of full-rank DPO of a Nova 1 model, on SageMaker or HyperPod."""

    epochs: Epochs | None = hyper(
        "max_epochs", _PASSES, default=3, recipe="training_config.trainer.max_epochs"
    )
    batch_size: Literal[16, 32, 64, 128] | None = hyper(
        "global_batch_size", _BATCH, default=32, recipe="training_config.global_batch_size"
    )
    learning_rate: Rate | None = hyper(
        "learning_rate", _STEP_SIZE, default=1e-5, recipe=f"{_OPTIM_1}.lr"
    )
    beta: Annotated[float, recipe_range(0.001, 0.1)] | None = hyper(
        "adam_beta",
        "DPO's beta: how much a departure from the reference model costs",
        default=0.1,
        recipe="training_config.model.dpo_cfg.beta",
    )


class Nova1DpoLora(Nova1Dpo):
    """Hyperparameters of LoRA DPO of a Nova 1 model, on SageMaker or HyperPod."""

    epochs: Epochs | None = hyper(
        "max_epochs", _PASSES, default=2, recipe="training_config.trainer.max_epochs"
    )
    batch_size: Literal[16, 32, 64] | None = hyper(
        "global_batch_size", _BATCH, default=32, recipe="training_config.global_batch_size"
    )
    lora_alpha: Alpha | None = hyper("lora_alpha", _ALPHA, default=128, recipe=f"{_LORA_1}.alpha")
    lora_plus_ratio: PlusRatio | None = hyper(
        "learning_rate_ratio", _RATIO, default=16.0, recipe=f"{_LORA_1}.loraplus_lr_ratio"
    )


class Nova2Sft(Hyperparameters):
    """Hyperparameters of full-rank SFT of Nova 2 Lite, on SageMaker or HyperPod."""

    source: ClassVar[str] = _SOURCE

    max_steps: Steps | None = hyper(
        "max_steps", "Steps in all", default=100, recipe="training_config.max_steps"
    )
    save_steps: SaveSteps | None = hyper(
        "save_steps", "Steps between checkpoints", default=100, recipe="training_config.save_steps"
    )
    batch_size: Literal[32, 64, 128, 256] | None = hyper(
        "global_batch_size", _BATCH, default=32, recipe="training_config.global_batch_size"
    )
    learning_rate: Rate | None = hyper(
        "learning_rate", _STEP_SIZE, default=1e-5, recipe="training_config.optim_config.lr"
    )
    max_length: Context | None = hyper(
        "max_context_length", _LONGEST, default=8192, recipe="training_config.max_length"
    )
    reasoning: bool | None = hyper(
        "reasoning_enabled",
        "Whether reasoning in the records is learnt",
        default=True,
        recipe="training_config.reasoning_enabled",
    )
    warmup_steps: Warmup | None = hyper(
        "warmup_steps",
        "Steps over which the learning rate rises",
        default=15,
        recipe="training_config.lr_scheduler.warmup_steps",
    )
    min_learning_rate: LeastRate | None = hyper(
        "min_lr",
        "Step size that the learning rate falls to",
        default=1e-6,
        recipe="training_config.lr_scheduler.min_lr",
    )
    weight_decay: Decay | None = hyper(
        "weight_decay",
        "How strongly weights are drawn to zero",
        default=0.0,
        recipe="training_config.optim_config.weight_decay",
    )
    eval_interval: SaveSteps | None = hyper(
        "val_check_interval",
        "Steps between looks at the validation records",
        default=2500,
        recipe="training_config.val_check_interval",
    )
    eval_batches: Annotated[int, recipe_range(0, 100_000)] | None = hyper(
        "limit_val_batches",
        "Batches of validation records in one look",
        default=2,
        recipe="training_config.limit_val_batches",
    )


class Nova2SftLora(Nova2Sft):
    """Hyperparameters of LoRA SFT of Nova 2 Lite, on SageMaker or HyperPod."""

    max_steps: Steps | None = hyper(
        "max_steps", "Steps in all", default=10, recipe="training_config.max_steps"
    )
    save_steps: SaveSteps | None = hyper(
        "save_steps", "Steps between checkpoints", default=10, recipe="training_config.save_steps"
    )
    lora_alpha: Alpha | None = hyper("lora_alpha", _ALPHA, default=64, recipe=f"{_LORA_2}.alpha")
    lora_plus_ratio: PlusRatio | None = hyper(
        "learning_rate_ratio", _RATIO, default=64.0, recipe=f"{_LORA_2}.lora_plus_lr_ratio"
    )


class _Rft(Hyperparameters):
    """What RFT of Nova 2 Lite shares on SageMaker and on HyperPod."""

    source: ClassVar[str] = _SOURCE

    max_steps: RftSteps | None = hyper(
        "max_steps", "Steps in all", default=10, recipe=f"{_RFT}.max_steps"
    )
    save_steps: RftSaveSteps | None = hyper(
        "save_steps", "Steps between checkpoints", default=10, recipe=f"{_RFT}.save_steps"
    )


class ServerlessRft(_Rft):
    """Hyperparameters of a serverless RFT job (RLVR) on Nova 2 Lite; LoRA alone is known."""

    batch_size: Annotated[int, recipe_range(16, 128)] | None = hyper(
        "global_batch_size", "Prompts in one step", default=64
    )
    learning_rate: Annotated[float, recipe_range(1e-7, 1e-3)] | None = hyper(
        "learning_rate", _STEP_SIZE, default=1e-5
    )
    max_length: Annotated[int, recipe_range(4096, 32_768)] | None = hyper(
        "max_length", "Tokens of prompt and rollout together", default=8192
    )
    lora_alpha: RftAlpha | None = hyper("lora_alpha", _ALPHA, default=32)
    lora_plus_ratio: Annotated[float, recipe_range(0, 100)] | None = hyper(
        "learning_rate_ratio", _RATIO, default=64.0
    )


class _RftRecipe(_Rft):
    """What RFT recipes hold beyond what a serverless job takes."""

    samples_per_prompt: Annotated[int, recipe_range(2, 16)] | None = hyper(
        "",
        "Rollouts drawn for each prompt",
        recipe="training_config.rollout.advantage_strategy.number_generation",
    )
    max_new_tokens: int | None = hyper(
        "",
        "Bound on a rollout's tokens",
        recipe="training_config.rollout.generator.max_new_tokens",
        ge=1,
    )
    temperature: float | None = hyper(
        "",
        "How freely rollouts are drawn",
        recipe="training_config.rollout.generator.temperature",
        gt=0,
        le=2,
    )
    # No medium: Nova User Guide, RFT, reasoning mode selection (2026-11-25).
    reasoning_effort: Literal["low", "high"] | None = hyper(
        "",
        "How long the policy reasons before it answers",
        recipe="training_config.reasoning_effort",
    )
    reward_concurrency: int | None = hyper(
        "",
        "Calls of the reward Lambda at a time",
        recipe="training_config.rollout.rewards.api_endpoint.lambda_concurrency_limit",
        ge=1,
        le=1000,
    )
    entropy_coefficient: float | None = hyper(
        "", "Weight of the entropy bonus", recipe=f"{_RFT}.ent_coeff", ge=0, le=1
    )


class RecipeRft(_RftRecipe):
    """Hyperparameters of full-rank RFT of Nova 2 Lite as a SageMaker training job."""

    batch_size: Annotated[int, recipe_range(16, 256)] | None = hyper(
        "global_batch_size",
        "Prompts in one step",
        default=64,
        recipe="training_config.global_batch_size",
    )
    learning_rate: Annotated[float, recipe_range(1e-7, 1e-3)] | None = hyper(
        "learning_rate", _STEP_SIZE, default=1e-5, recipe=f"{_RFT}.optim_config.lr"
    )
    max_length: Annotated[int, recipe_range(4096, 32_768)] | None = hyper(
        "max_length",
        "Tokens of prompt and rollout together",
        default=8192,
        recipe="training_config.max_length",
    )
    kl_coefficient: float | None = hyper(
        "",
        "How much a departure from the reference model costs",
        recipe=f"{_RFT}.kl_loss_coef",
        ge=0,
        le=1,
    )


class RecipeRftLora(RecipeRft):
    """Hyperparameters of LoRA RFT of Nova 2 Lite as a SageMaker training job."""

    batch_size: Annotated[int, recipe_range(16, 128)] | None = hyper(
        "global_batch_size",
        "Prompts in one step",
        default=64,
        recipe="training_config.global_batch_size",
    )
    lora_alpha: RftAlpha | None = hyper(
        "lora_alpha", _ALPHA, default=32, recipe=f"{_RFT}.peft.lora_tuning.alpha"
    )
    lora_plus_ratio: Annotated[float, recipe_range(0, 100)] | None = hyper(
        "learning_rate_ratio",
        _RATIO,
        default=64.0,
        recipe=f"{_RFT}.peft.lora_tuning.lora_plus_lr_ratio",
    )


class HyperPodRft(_RftRecipe):
    """Hyperparameters of full-rank RFT of Nova 2 Lite on HyperPod."""

    batch_size: Annotated[int, recipe_range(16, 256)] | None = hyper(
        "global_batch_size",
        "Prompts in one step",
        default=256,
        recipe="training_config.global_batch_size",
    )
    learning_rate: Annotated[float, recipe_range(1e-8, 1e-3)] | None = hyper(
        "learning_rate", _STEP_SIZE, default=7e-7, recipe=f"{_RFT}.optim_config.lr"
    )
    max_length: Annotated[int, recipe_range(4096, 32_768)] | None = hyper(
        "max_length",
        "Tokens of prompt and rollout together",
        default=10_240,
        recipe="training_config.max_length",
    )
    samples_per_prompt: Annotated[int, recipe_range(2, 16)] | None = hyper(
        "number_generation",
        "Rollouts drawn for each prompt",
        default=8,
        recipe="training_config.rollout.advantage_strategy.number_generation",
    )
    clip_ratio_high: float | None = hyper(
        "",
        "Upper bound of clipping, above 1",
        recipe=f"{_RFT}.clip_ratio_high",
        gt=0,
        le=1,
    )


class HyperPodRftLora(HyperPodRft):
    """Hyperparameters of LoRA RFT of Nova 2 Lite on HyperPod."""

    lora_alpha: RftAlpha | None = hyper(
        "lora_alpha", _ALPHA, default=32, recipe=f"{_RFT}.peft.lora_tuning.alpha"
    )
    lora_plus_ratio: PlusRatio | None = hyper(
        "learning_rate_ratio",
        _RATIO,
        default=64.0,
        recipe=f"{_RFT}.peft.lora_tuning.loraplus_lr_ratio",
    )


class Nova1Cpt(Hyperparameters):
    """Hyperparameters of continued pre-training of a Nova 1 model on HyperPod."""

    source: ClassVar[str] = _SOURCE

    epochs: Epochs | None = hyper(
        "max_epochs", _PASSES, default=1, recipe="training_config.trainer.max_epochs"
    )
    batch_size: Literal[32, 64, 128, 256] | None = hyper(
        "global_batch_size", _BATCH, default=256, recipe="training_config.global_batch_size"
    )
    learning_rate: Rate | None = hyper(
        "learning_rate", _STEP_SIZE, default=1e-5, recipe=f"{_OPTIM_1}.lr"
    )
    max_length: Context | None = hyper(
        "max_context_length", _LONGEST, default=8192, recipe="training_config.max_length"
    )


class Nova2Cpt(Hyperparameters):
    """Hyperparameters of continued pre-training of Nova 2 Lite on HyperPod."""

    source: ClassVar[str] = _SOURCE

    max_steps: Annotated[int, recipe_range(10, 100_000)] | None = hyper(
        "max_steps", "Steps in all", default=10, recipe="training_config.trainer.max_steps"
    )
    batch_size: Literal[32, 64, 128, 256] | None = hyper(
        "global_batch_size", _BATCH, default=256, recipe="training_config.global_batch_size"
    )
    learning_rate: Rate | None = hyper(
        "learning_rate", _STEP_SIZE, default=1e-5, recipe="training_config.optim.lr"
    )
    max_length: Context | None = hyper(
        "max_context_length", _LONGEST, default=8192, recipe="training_config.max_length"
    )


class TeacherRecipe(Hyperparameters):
    """What the distillation recipe is told: its teacher's answers become records of SFT."""

    source: ClassVar[str] = _SOURCE

    max_response_length: Annotated[int, recipe_range(5000, 5120)] | None = hyper(
        "max_response_length",
        "Bound on an answer's tokens",
        default=5120,
        recipe="training_config.maxResponseLength",
    )
    temperature: float | None = hyper(
        "", "How freely the teacher answers", recipe="training_config.temperature", ge=0, le=1
    )
    top_p: float | None = hyper(
        "",
        "Share of probability that answers are drawn from",
        recipe="training_config.top_p",
        gt=0,
        le=1,
    )
