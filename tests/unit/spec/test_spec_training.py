"""Hyperparameters of every kind of job, against AWS's own table of allowed values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.spec import CAPABILITIES, RECIPES, Capability, parse, recipes_for
from nova_rft.spec.training import (
    Hyperparameters,
    HyperPodRft,
    HyperPodRftLora,
    Nova1Cpt,
    Nova1Dpo,
    Nova1DpoLora,
    Nova1Sft,
    Nova1SftLora,
    Nova2Cpt,
    Nova2Sft,
    Nova2SftLora,
    RecipeRft,
    RecipeRftLora,
    ServerlessRft,
    TeacherRecipe,
    training_kind,
    wires,
)

FACTS = Path(__file__).parents[2] / "data" / "recipes"
TABLE: dict[str, dict[str, Any]] = json.loads((FACTS / "parameters.json").read_text())["parameters"]
KINDS: dict[type[Hyperparameters], str] = {
    HyperPodRft: "nova_rft",
    HyperPodRftLora: "nova_lora_rft",
    Nova1Cpt: "nova_pretrain",
    Nova1Dpo: "nova_dpo",
    Nova1DpoLora: "nova_lora_dpo",
    Nova1Sft: "nova_sft",
    Nova1SftLora: "nova_lora_sft",
    Nova2Cpt: "nova_pretrain_2_0",
    Nova2Sft: "nova_sft_2_0",
    Nova2SftLora: "nova_lora_sft_2_0",
    RecipeRft: "nova_smtj_rft",
    RecipeRftLora: "nova_smtj_lora_rft",
    ServerlessRft: "nova_smtj_lora_rft",
    TeacherRecipe: "nova_distill",
}
# What a job's place, name and records say, and not its hyperparameters.
ELSEWHERE = {
    *("name", "data_s3_path", "output_s3_path", "validation_s3_path", "reward_lambda_arn"),
    *("replicas", "namespace", "customer_bucket", "kms_key", "fine_tuned_model"),
    *("mlflow_tracking_uri", "mlflow_experiment_name", "mlflow_run_name"),
}


def named(kind: type[Hyperparameters]) -> dict[str, tuple[str, Any]]:
    """By the service's name: our field and the default."""
    return {w.name: (field, w.default) for field, w in wires(kind).items() if w.name}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_names_and_defaults_are_the_tables(kind: type[Hyperparameters]) -> None:
    rows = TABLE[KINDS[kind]]
    known = named(kind)
    assert known.keys() <= rows.keys()
    for name, (_, default) in known.items():
        assert default == rows[name]["default"], name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_ranges_are_the_tables(kind: type[Hyperparameters]) -> None:
    for name, (field, _) in named(kind).items():
        row = TABLE[KINDS[kind]][name]
        right, wrong = _edges(row)
        for value in right:
            assert getattr(kind.model_validate({field: value}, strict=True), field) == value
        for value in wrong:
            with pytest.raises(ValueError, match=field):
                kind.model_validate({field: value}, strict=True)


def _edges(row: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    if "enum" in row:
        return row["enum"], [max(row["enum"]) + 1, 0]
    if row["type"] == "boolean":
        return [True, False], ["yes"]
    low, high = row["min"], row["max"]
    step = 1 if row["type"] == "integer" else 1e-9
    return [low, high], [low - step, high + step]


def test_what_the_table_has_and_we_do_not_stands_elsewhere() -> None:
    for kind, group in KINDS.items():
        left = TABLE[group].keys() - named(kind).keys() - ELSEWHERE
        # A rollout's length, which max_length bounds already.
        assert left <= {"max_context_length"}, (kind, left)


@pytest.mark.parametrize("cell", CAPABILITIES, ids=lambda c: f"{c.technique}-{c.backend}-{c.model}")
def test_every_cell_has_its_hyperparameters(cell: Capability) -> None:
    kind = training_kind(cell)
    assert kind.source
    assert (cell.backend in ("sagemaker-recipe", "hyperpod")) == bool(recipes_for(cell))
    lora = "lora_alpha" in kind.model_fields
    assert lora == (cell.adapter == "lora" and "bedrock" not in cell.backend)


def test_every_recipe_is_aws_own() -> None:
    recipes = json.loads((FACTS / "recipes.json").read_text())["recipes"]
    tuned = {
        name.removesuffix(".yaml")
        for name in recipes
        # Evaluation is no training; PPO and agentic RFT are no technique of ours; Premier has ended.
        if not any(part in name for part in ("evaluation/", "PPO/", "MTRL/", "premier"))
    }
    assert {recipe.path for recipe in RECIPES} == tuned


def test_replicas_are_the_tables() -> None:
    rows = [
        group["replicas"].get("conditional_constraints", {})
        for group in TABLE.values()
        if "replicas" in group
    ]
    allowed = {k: v for row in rows for k, v in row.get("enum", {}).get("Name", {}).items()}
    usual = {k: v for row in rows for k, v in row.get("default", {}).get("Name", {}).items()}
    checked = 0
    for recipe in RECIPES:
        if recipe.name in allowed:
            checked += 1
            assert sorted(recipe.replicas) == sorted(allowed[recipe.name]), recipe.name
            assert recipe.replicas[0] == usual[recipe.name], recipe.name
    assert checked == 27


SPEC = """\
project: tone
technique: {technique}
backend: {backend}
model: {model}
data: {{train: train.jsonl}}
"""


@pytest.mark.parametrize(
    ("technique", "backend", "model", "more", "said"),
    [
        ("sft", "sagemaker", "amazon.nova-2-lite-v1:0:256k", "training: {epochs: 2}",
         "training.epochs: is not a key of the spec; keys here are batch_size,"),
        ("sft", "sagemaker", "amazon.nova-2-lite-v1:0:256k", "training: {max_steps: 3}",
         "training.max_steps: 3 is outside the service's range of 4 to 100,000"),
        ("sft", "bedrock", "amazon.nova-lite-v1:0:300k", "adapter: full",
         "model: Bedrock trains adapters alone (LoRA)"),
        ("dpo", "sagemaker", "amazon.nova-lite-v1:0:300k", "adapter: full\ntraining: {lora_alpha: 64}",
         "training.lora_alpha: is not a key of the spec"),
        ("sft", "sagemaker", "amazon.nova-lite-v1:0:300k", "compute: {replicas: 2}",
         "compute: sagemaker chooses its instances itself; leave it out"),
        ("sft", "hyperpod", "amazon.nova-lite-v1:0:300k", "compute: {replicas: 3}",
         "compute: the recipe nova_lite_1_0_p5_p4d_gpu_lora_sft takes 4, 8, 16 replicas"),
        ("sft", "hyperpod", "amazon.nova-lite-v1:0:300k", "compute: {instance_type: ml.t3.large}",
         "compute: sft of amazon.nova-lite-v1:0:300k (lora) on hyperpod has recipes for ml.p5.48xl"),
        ("sft", "bedrock", "amazon.nova-lite-v1:0:300k", "resume_from: s3://bucket/checkpoint",
         "resume_from: s3://bucket/checkpoint is no start for bedrock; name a custom model's ARN"),
        ("rft", "bedrock", "amazon.nova-2-lite-v1:0:256k", "",
         "reward: is missing; rft is nothing without one"),
    ],
)  # fmt: skip
def test_what_does_not_go_together(
    technique: str, backend: str, model: str, more: str, said: str
) -> None:
    text = SPEC.format(technique=technique, backend=backend, model=model) + more + "\n"
    with pytest.raises(ValueError, match=r"spec\.yaml") as caught:
        parse(text, "spec.yaml")
    assert said in str(caught.value)


def test_no_validation_records_where_the_service_takes_none() -> None:
    text = SPEC.format(technique="sft", backend="bedrock", model="amazon.nova-2-lite-v1:0:256k")
    parse(text)
    with pytest.raises(ValueError, match="takes no validation records for sft"):
        parse(text.replace("train.jsonl}", "train.jsonl, validation: v.jsonl}"))


def test_what_is_said_and_what_is_left_out() -> None:
    text = SPEC.format(technique="sft", backend="sagemaker", model="amazon.nova-2-lite-v1:0:256k")
    training = parse(text + "training: {max_steps: 50, lora_alpha: 96}\n").training
    assert training.given() == {"max_steps": 50, "lora_alpha": 96}
    assert training.in_recipe()["training_config.peft.lora_tuning.alpha"] == 96
    settled = training.settled()
    assert settled["max_steps"] == (50, True)
    assert settled["learning_rate"] == (1e-5, False)
