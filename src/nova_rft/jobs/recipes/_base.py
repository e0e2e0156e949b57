"""Recipes as AWS ships them: what holds where a spec says nothing.

Values of aws/sagemaker-hyperpod-recipes, commit 2631995 (2026-06-23); the tests hold each tree against
that collection. None stands where every job says its own: its name, its records, its instances.
"""

from __future__ import annotations

from typing import Any, Final

from nova_rft.spec import RECIPE_TEACHER, Recipe

Tree = dict[str, Any]

# What AWS's recipes of Nova 1 differ in: tokens of a record, records in one step, passes.
_NOVA_1: Final = {
    "nova_lite_1_0_p5_p4d_gpu_lora_sft": (32_768, 64, 2),
    "nova_lite_1_0_g5_g6_12x_gpu_lora_sft": (8_192, 64, 2),
    "nova_lite_1_0_g5_g6_48x_gpu_lora_sft": (8_192, 64, 2),
    "nova_lite_1_0_p5_p4d_gpu_sft": (32_768, 16, 1),
    "nova_micro_1_0_p5_p4d_gpu_lora_sft": (32_768, 64, 2),
    "nova_micro_1_0_g5_g6_12x_gpu_lora_sft": (8_192, 64, 2),
    "nova_micro_1_0_g5_g6_48x_gpu_lora_sft": (8_192, 64, 2),
    "nova_micro_1_0_p5_p4d_gpu_sft": (32_768, 16, 1),
    "nova_micro_1_0_g5_g6_48x_gpu_sft": (4_096, 64, 2),
    "nova_pro_1_0_p5_p4d_gpu_lora_sft": (32_768, 32, 2),
    "nova_pro_1_0_p5_gpu_sft": (32_768, 16, 2),
    "nova_lite_1_0_p5_p4d_gpu_lora_dpo": (16_384, 64, 2),
    "nova_lite_1_0_g5_g6_48x_gpu_lora_dpo": (4_096, 64, 2),
    "nova_lite_1_0_p5_p4d_gpu_dpo": (16_384, 64, 3),
    "nova_micro_1_0_p5_p4d_gpu_lora_dpo": (16_384, 64, 2),
    "nova_micro_1_0_g5_g6_12x_gpu_lora_dpo": (4_096, 64, 2),
    "nova_micro_1_0_g5_g6_48x_gpu_lora_dpo": (4_096, 64, 2),
    "nova_micro_1_0_p5_p4d_gpu_dpo": (16_384, 64, 3),
    "nova_pro_1_0_p5_p4d_gpu_lora_dpo": (16_384, 32, 2),
    "nova_pro_1_0_p5_gpu_dpo": (16_384, 32, 3),
    "nova_pro_1_0_p4d_gpu_dpo": (16_384, 32, 3),
    "nova_lite_1_0_p5x16_gpu_pretrain": (8_192, 256, 1),
    "nova_micro_1_0_p5x8_gpu_pretrain": (8_192, 256, 1),
    "nova_pro_1_0_p5x24_gpu_pretrain": (8_192, 256, 1),
}


class Rate(str):
    """A small number as AWS's recipes write it, such as 1e-5, and unquoted in YAML.

    Readers of YAML 1.1 take it for text and those of YAML 1.2 for a number; the containers know both.
    """

    __slots__ = ()


def base(recipe: Recipe, model: str) -> Tree:
    """AWS's recipe of that name, a new tree at each call.

    Args:
        recipe: Which.
        model: What the recipe calls the base model, such as `nova-lite/prod`.
    """
    return {"run": _run(recipe, model), "training_config": _config(recipe)}


def find(tree: Tree, path: str) -> tuple[Tree, str]:
    """The branch that holds what a path names, from the top with dots, and its key there."""
    *way, last = path.split(".")
    for step in way:
        tree = tree[step]
    return tree, last


def _run(recipe: Recipe, model: str) -> Tree:
    of_job = recipe.backends == ("sagemaker-recipe",)
    run: Tree = {"name": None, "model_type": recipe.model}
    if recipe.technique == "distillation":
        return {**run, "model_name_or_path": ""}
    run |= {"model_name_or_path": model, "replicas": None, "data_s3_path": None}
    if recipe.technique == "rft":
        run["reward_lambda_arn"] = None
        if of_job:
            return run
        run |= {"generation_replicas": 2, "rollout_worker_replicas": 1}
    elif recipe.name.startswith("nova_lite_2_0"):
        run["validation_data_s3_path"] = ""
        if recipe.technique == "sft":
            run["validation_data_s3_path_list"] = {}
    logged = {"mlflow_tracking_uri": "", "mlflow_experiment_name": None, "mlflow_run_name": None}
    return {**run, "output_s3_path": None, **logged}


def _config(recipe: Recipe) -> Tree:
    if recipe.name in _NOVA_1:
        return _nova_1(recipe)
    if recipe.technique == "rft":
        return _rft_job(recipe) if recipe.backends == ("sagemaker-recipe",) else _rft(recipe)
    return {"sft": _nova_2_sft, "cpt": _nova_2_cpt, "distillation": _teacher}[recipe.technique](
        recipe
    )


def _nova_1(recipe: Recipe) -> Tree:
    max_length, batch_size, epochs = _NOVA_1[recipe.name]
    dpo = recipe.technique == "dpo"
    full_sft = recipe.technique == "sft" and recipe.adapter == "full"
    model: Tree = {
        "hidden_dropout": 0.0,
        "attention_dropout": 0.0,
        "ffn_dropout": 0.0,
        "optim": {
            "lr": Rate("5e-6" if full_sft else "1e-5"),
            "name": "distributed_fused_adam",
            "adam_w_mode": True,
            "eps": Rate("1e-08" if dpo else "1e-06"),
            "weight_decay": 0.01 if dpo else 0.0,
            "betas": [0.9, 0.999],
            "sched": {
                "warmup_steps": 10,
                "constant_steps": 0,
                "min_lr": Rate("5e-7" if full_sft else "1e-6"),
            },
        },
    }
    if dpo:
        model["dpo_cfg"] = {"beta": 0.1}
    if recipe.adapter == "lora":
        ratio, alpha = (20.0, 64) if dpo else (16.0, 128)
        tuning = {"loraplus_lr_ratio": ratio, "alpha": alpha, "adapter_dropout": 0.01}
        model["peft"] = {"peft_scheme": "lora", "lora_tuning": tuning}
    elif recipe.technique != "cpt":
        model["peft"] = {"peft_scheme": None}
    return {
        "max_length": max_length,
        "global_batch_size": batch_size,
        "trainer": {"max_epochs": epochs},
        "model": model,
    }


def _nova_2_sft(recipe: Recipe) -> Tree:
    # Full rank is written as a word here, and as YAML's own null in all other recipes.
    peft: Tree = {"peft_scheme": "null"}
    if recipe.adapter == "lora":
        tuning = {"alpha": 64, "lora_plus_lr_ratio": 64.0}
        peft = {"peft_scheme": "lora", "lora_tuning": tuning}
    return {
        "max_steps": 100,
        "save_steps": 100,
        "save_top_k": 5,
        "max_length": 32_768,
        "global_batch_size": 32,
        "reasoning_enabled": True,
        "val_check_interval": 2500,
        "limit_val_batches": 2,
        "lr_scheduler": {"warmup_steps": 15, "min_lr": Rate("1e-6")},
        "optim_config": _adam("1e-5"),
        "peft": peft,
        "model_importance_score": {"fine_tuned_model": 1.0},
    }


def _nova_2_cpt(recipe: Recipe) -> Tree:
    return {
        "task_type": recipe.technique,
        "max_length": 8_192,
        "global_batch_size": 256,
        "trainer": {"max_steps": 10, "val_check_interval": 10, "limit_val_batches": 2},
        "model": {"hidden_dropout": 0.0, "attention_dropout": 0.0},
        "optim": {
            "optimizer": "adam",
            **_adam("1e-5"),
            "name": "distributed_fused_adam",
            "adam_w_mode": True,
            "eps": Rate("1e-06"),
            "sched": {"warmup_steps": 10, "constant_steps": 0, "min_lr": Rate("1e-6")},
        },
    }


def _rft_job(recipe: Recipe) -> Tree:
    """RFT as a SageMaker training job."""
    trainer: Tree = {
        "max_steps": 5,
        "save_steps": 5,
        "ent_coeff": 0.0,
        "kl_loss_coef": 0.001,
        "optim_config": _adam("1e-4"),
        "peft": {"peft_scheme": None},
    }
    if recipe.adapter == "lora":
        tuning = {"alpha": 32, "lora_plus_lr_ratio": 64.0}
        trainer["peft"] = {"peft_scheme": "lora", "lora_tuning": tuning}
    generator = {"max_new_tokens": 6000, "set_random_seed": True, "temperature": 1, "top_k": 1}
    return {
        "max_length": 8_192,
        "global_batch_size": 64,
        "reasoning_effort": "high",
        "rollout": _rollout(2, generator, 12),
        "trainer": trainer,
    }


def _rft(recipe: Recipe) -> Tree:
    """RFT on HyperPod."""
    trainer: Tree = {
        "max_steps": 100,
        "save_steps": 100,
        "save_top_k": 5,
        "refit_freq": 4,
        "clip_ratio_high": 0.2,
        "ent_coeff": 0.001,
        "loss_scale": 1,
        "optim_config": _adam("7e-7"),
    }
    if recipe.adapter == "lora":
        tuning = {"alpha": 32, "loraplus_lr_ratio": 64.0}
        trainer["peft"] = {"peft_scheme": "lora", "lora_tuning": tuning}
    strategy = {"rollout_strategy": {"type": "off_policy_async", "age_tolerance": 2}}
    generator = {"max_new_tokens": 8192, "set_random_seed": True, "temperature": 1, "top_k": 0}
    return {
        "max_length": 10_240,
        "global_batch_size": 256,
        "reasoning_effort": "high",
        "data": {"shuffle": False},
        "rollout": {**strategy, **_rollout(8, generator, 100)},
        "trainer": trainer,
    }


def _rollout(samples: int, generator: Tree, concurrency: int) -> Tree:
    endpoint = {"lambda_arn": None, "lambda_concurrency_limit": concurrency}
    return {
        "advantage_strategy": {"number_generation": samples},
        "generator": generator,
        "rewards": {"api_endpoint": endpoint},
    }


def _adam(rate: str) -> Tree:
    return {"lr": Rate(rate), "weight_decay": 0.0, "adam_beta1": 0.9, "adam_beta2": 0.95}


def _teacher(_: Recipe) -> Tree:
    """Distillation: the teacher's answers, for a student's SFT. All of its numbers are texts."""
    return {
        "distillation_data": "true",
        "maxNumberOfPrompts": "20000",
        "maxResponseLength": "5000",
        "minNumberOfPrompts": "0",
        "maxInputFileSizeInGB": "2",
        "maxLineLengthInKB": "180",
        "maxStudentModelFineTuningContextLengthInTokens": "32000",
        "teacherModelId": RECIPE_TEACHER,
        "temperature": "0.7",
        "top_p": "0.9",
        "customer_bucket": None,
        "kms_key": "",
    }
