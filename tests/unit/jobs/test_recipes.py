"""Recipes that we write against AWS's own of the same name, and against what AWS allows in them."""

from __future__ import annotations

import io
import warnings
from typing import Any

import pytest
from ruamel.yaml import YAML

from nova_rft.errors import UsageError
from nova_rft.jobs.recipes import Rate, instances, recipe, recipe_text, shipped, training_image
from nova_rft.jobs.requests import Place
from nova_rft.spec import CAPABILITIES, RECIPES, Recipe, Spec, recipe_of
from nova_rft.spec.training import wires
from tests.unit.jobs.request_support import (
    AWS_RECIPES,
    GOLDEN,
    IDENTITY,
    MLFLOW,
    PLACE,
    REWARD,
    cell_of,
    golden_recipes,
    group_of,
    leaves,
    of_recipe,
    spec_of,
)

LITE_2, PRO = "amazon.nova-2-lite-v1:0:256k", "amazon.nova-pro-v1:0:300k"
WHERE = [(recipe, backend) for recipe in RECIPES for backend in recipe.backends]
each_recipe = pytest.mark.parametrize(
    ("shape", "backend"), WHERE, ids=lambda it: str(getattr(it, "name", it))
)


def of_aws(shape: Recipe) -> dict[str, Any]:
    return dict(leaves(AWS_RECIPES[f"{shape.path}.yaml"]))


def explained(spec: Spec, place: Place) -> dict[str, Any]:
    """What a recipe without any hyperparameters says that AWS's does not, by where."""
    cluster = spec.backend == "hyperpod"
    return {
        "run.name": IDENTITY.name,
        "run.replicas": instances(spec)[1],
        "run.data_s3_path": place.training_uri if cluster or spec.technique == "rft" else "",
        "run.output_s3_path": place.output_uri if cluster else "",
        "run.mlflow_experiment_name": "tone-dev",
        "run.mlflow_run_name": IDENTITY.name,
        "run.reward_lambda_arn": REWARD,
        "training_config.rollout.rewards.api_endpoint.lambda_arn": REWARD,
        "training_config.customer_bucket": "bucket",
    }


@each_recipe
def test_every_recipe_is_aws_own_but_for_what_the_job_says(shape: Recipe, backend: str) -> None:
    spec = of_recipe(shape, backend)
    assert recipe_of(spec.cell, spec.compute) == shape
    ours, theirs = dict(leaves(recipe(spec, IDENTITY, PLACE))), of_aws(shape)
    assert ours.keys() == theirs.keys()
    ours_alone = explained(spec, PLACE)
    for path, value in theirs.items():
        if path in ours_alone:
            assert ours[path] == ours_alone[path], path
        elif str(value).startswith("${oc.select:"):
            assert ours[path] == ours[str(value)[len("${oc.select:") : -1]], path
        else:
            assert ours[path] == value, path
            assert type(value) in type(ours[path]).__mro__, path


@each_recipe
def test_what_aws_ships_is_what_aws_allows(shape: Recipe, backend: str) -> None:
    spec, rows = of_recipe(shape, backend), group_of(shape)
    values = shipped(spec)
    assert values.keys() == wires(type(spec.training)).keys()
    for name, wire in wires(type(spec.training)).items():
        row = rows.get(wire.name, {})
        assert row.get("min", values[name]) <= values[name] <= row.get("max", values[name]), name
        assert values[name] in row.get("enum", [values[name]]), name


@each_recipe
def test_each_value_goes_to_its_place_and_nowhere_else(shape: Recipe, backend: str) -> None:
    bare, rows = of_recipe(shape, backend), group_of(shape)
    before = dict(leaves(recipe(bare, IDENTITY, PLACE)))
    for name, wire in wires(type(bare.training)).items():
        for value in some_values(name, rows.get(wire.name)):
            spec = of_recipe(shape, backend, training={name: value})
            after = dict(leaves(recipe(spec, IDENTITY, PLACE)))
            changed = {path for path in after if after[path] != before[path]}
            assert changed <= {wire.recipe, wire.recipe.replace("max_steps", "save_steps")}, name
            found = after[wire.recipe]
            # Texts stay texts, numbers numbers: also where AWS writes 1 and the spec says 0.5.
            assert isinstance(found, str) == isinstance(before[wire.recipe], str), name
            assert isinstance(found, Rate) == isinstance(before[wire.recipe], Rate), name
            number = isinstance(found, str) and name != "reasoning_effort"
            assert (float(found) if number else found) == value, name


def some_values(name: str, row: dict[str, Any] | None) -> list[Any]:
    """The least and the greatest value that AWS's table allows, or one where it has no row."""
    if row is None:
        whole = {"samples_per_prompt": 3, "max_new_tokens": 512, "reward_concurrency": 7}
        return [{**whole, "reasoning_effort": "low"}.get(name, 0.5)]
    if row["type"] == "boolean":
        return [True, False]
    return row.get("enum") or [row["min"], row["max"]]


def test_steps_alone_move_the_checkpoint_and_a_checkpoint_stays_where_it_is_put() -> None:
    cell = cell_of("sft", "hyperpod", LITE_2)

    def config(training: dict[str, int]) -> Any:
        return recipe(spec_of(cell, training), IDENTITY, PLACE)["training_config"]

    assert config({"max_steps": 40})["save_steps"] == 40
    assert config({"max_steps": 40, "save_steps": 10})["save_steps"] == 10
    assert config({"save_steps": 10})["max_steps"] == 100


def test_place_and_start_and_tracking() -> None:
    cell = cell_of("sft", "hyperpod", LITE_2)
    start = "s3://escrow/tone/step_10"
    tracking = {"tracking_uri": MLFLOW, "experiment": "tones"}
    compute = {"replicas": 16}
    place = Place("us-east-1", "1", "r", "s3://b/t.jsonl", "s3://b/o/", 300, "s3://b/v.jsonl")
    spec = spec_of(cell, resume_from=start, mlflow=tracking, compute=compute)
    assert recipe(spec, IDENTITY, place)["run"] == {
        "name": IDENTITY.name,
        "model_type": LITE_2,
        "model_name_or_path": start,
        "replicas": 16,
        "data_s3_path": "s3://b/t.jsonl",
        "validation_data_s3_path": "s3://b/v.jsonl",
        "validation_data_s3_path_list": {},
        "output_s3_path": "s3://b/o/",
        "mlflow_tracking_uri": MLFLOW,
        "mlflow_experiment_name": "tones",
        "mlflow_run_name": IDENTITY.name,
    }
    # A folder on this machine is of no use to a cluster.
    local = spec_of(cell, mlflow={"tracking_uri": "mlruns"})
    assert recipe(local, IDENTITY, place)["run"]["mlflow_tracking_uri"] == ""


def test_a_teacher_is_told_in_texts() -> None:
    cell = cell_of("distillation", "sagemaker-recipe", PRO)
    given = {"max_response_length": 5120, "temperature": 0.25, "top_p": 1.0}
    place = Place("us-east-1", "1", "r", "s3://b/t.jsonl", "s3://answers/o/", 9, kms_key_arn="key")
    config = recipe(spec_of(cell, given), IDENTITY, place)["training_config"]
    assert (config["maxResponseLength"], config["temperature"]) == ("5120", "0.25")
    assert (config["customer_bucket"], config["kms_key"]) == ("answers", "key")
    with pytest.raises(ValueError, match="starts from base models alone"):
        spec_of(cell, resume_from="s3://bucket/checkpoint")


def test_no_reward_no_recipe() -> None:
    spec = spec_of(cell_of("rft", "hyperpod", LITE_2))
    place = Place("us-east-1", "1", "r", "s3://b/t.jsonl", "s3://b/o/", 300)
    with pytest.raises(UsageError, match="needs a published reward Lambda"):
        recipe(spec, IDENTITY, place)


@each_recipe
@pytest.mark.parametrize("version", [(1, 1), (1, 2)], ids=["1.1", "1.2"])
def test_the_text_reads_back_as_the_tree(
    shape: Recipe, backend: str, version: tuple[int, int]
) -> None:
    fields = wires(type(of_recipe(shape, backend).training))
    given = {"weight_decay": 1e-5} if "weight_decay" in fields else {}
    spec = of_recipe(shape, backend, training=given)
    text, tree = recipe_text(spec, IDENTITY, PLACE), dict(leaves(recipe(spec, IDENTITY, PLACE)))
    assert text == recipe_text(spec, IDENTITY, PLACE)
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = dict(leaves(yaml.load(io.StringIO(text))))
    assert found == {k: float(v) if isinstance(v, Rate) else v for k, v in tree.items()}
    # As in AWS's own files those, and no others, are numbers in YAML 1.2 alone.
    rates = [value for value in tree.values() if isinstance(value, Rate)]
    assert len(said) == (len(rates) if version == (1, 1) else 0)


def test_golden_recipes() -> None:
    """Written anew by `PYTHONPATH=src python -m tests.unit.jobs.request_support`."""
    found = golden_recipes()
    assert {path.name for path in GOLDEN.iterdir()} == found.keys()
    for name, text in found.items():
        assert (GOLDEN / name).read_text() == text, name


RECIPE_CELLS = [one for one in CAPABILITIES if one.backend in ("sagemaker-recipe", "hyperpod")]


def test_every_cell_has_an_image_in_every_region_where_it_is_known() -> None:
    for cell in RECIPE_CELLS:
        for region in cell.regions:
            image = training_image(spec_of(cell), region)
            assert image.split(".dkr.ecr.")[1].startswith(f"{region}.amazonaws.com/nova-")
            assert ("SM-TJ-" in image) == (cell.backend == "sagemaker-recipe")


def test_images_are_what_the_sources_name() -> None:
    job, cluster = "sagemaker-recipe", "hyperpod"
    at = "708977205387.dkr.ecr.us-east-1.amazonaws.com/nova-fine-tune-repo:"
    for technique, backend, model, tag in (
        ("sft", job, PRO, "SM-TJ-SFT-latest"),
        ("sft", job, LITE_2, "SM-TJ-SFT-V2-latest"),
        ("dpo", job, PRO, "SM-TJ-DPO-latest"),
        ("rft", job, LITE_2, "SM-TJ-RFT-V2-latest"),
        ("sft", cluster, PRO, "SM-HP-SFT-latest"),
        ("rft", cluster, LITE_2, "SM-HP-RFT-TRAIN-V2-latest"),
        ("cpt", cluster, PRO, "HP-CPT-latest"),
        ("cpt", cluster, LITE_2, "SM-HP-CPT-V2-latest"),
    ):
        assert training_image(spec_of(cell_of(technique, backend, model)), "us-east-1") == at + tag
    oregon = training_image(spec_of(cell_of("dpo", job, PRO)), "us-west-2")
    assert oregon.startswith("176779409107.dkr.ecr.us-west-2.")


def test_an_image_that_no_source_names_is_not_guessed() -> None:
    cell = cell_of("dpo", "sagemaker-recipe", PRO)
    with pytest.raises(UsageError, match=r"in eu-north-1 .* set compute\.image"):
        training_image(spec_of(cell), "eu-north-1")
    own = spec_of(cell, compute={"image": "1.dkr.ecr.eu-north-1.amazonaws.com/ours:1"})
    assert training_image(own, "eu-north-1").endswith("/ours:1")
