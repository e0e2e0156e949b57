"""HyperPod's command: AWS's recipe by name, and all that makes it ours."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from nova_rft.errors import UsageError
from nova_rft.jobs.recipes import recipe
from nova_rft.jobs.requests import hyperpod_command, hyperpod_connect
from nova_rft.spec import CAPABILITIES, RECIPES, Capability, Recipe, recipes_for
from tests.unit.jobs.request_support import (
    AWS_RECIPES,
    IDENTITY,
    LONGEST,
    MLFLOW,
    PLACE,
    cell_of,
    leaves,
    of_recipe,
    spec_of,
)

LITE_2 = "amazon.nova-2-lite-v1:0:256k"
CELLS = [cell for cell in CAPABILITIES if cell.backend == "hyperpod"]


def overridden(command: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command[-1])
    return found


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c.technique}-{c.model}-{c.adapter}")
def test_every_cell_has_its_command(cell: Capability) -> None:
    command = hyperpod_command(spec_of(cell), IDENTITY, PLACE)
    assert command[:4] == ["hyperpod", "start-job", "--namespace", "kubeflow"]
    assert (command[4], command[6]) == ("--recipe", "--override-parameters")
    assert f"{command[5]}.yaml" in AWS_RECIPES
    over = overridden(command)
    assert over["instance_type"] == "ml.p5.48xlarge"
    assert over["container"].startswith("708977205387.dkr.ecr.us-east-1.amazonaws.com/nova-")


@pytest.mark.parametrize(
    "shape", [one for one in RECIPES if "hyperpod" in one.backends], ids=lambda one: one.name
)
def test_aws_recipe_with_the_overrides_is_our_recipe(shape: Recipe) -> None:
    """What the command line's Hydra makes of it: keys that are not in the recipe are refused there."""
    given = {"learning_rate": 3e-6} if shape.technique != "cpt" else {"batch_size": 64}
    tracking = {"tracking_uri": MLFLOW}
    spec = of_recipe(shape, "hyperpod", training=given, mlflow=tracking)
    command = hyperpod_command(spec, IDENTITY, PLACE)
    assert command[5] == shape.path
    theirs = dict(leaves(AWS_RECIPES[f"{shape.path}.yaml"]))
    said = {
        key.removeprefix("recipes."): value
        for key, value in overridden(command).items()
        if key.startswith("recipes.")
    }
    assert said.keys() <= theirs.keys()
    made = theirs | said
    for path, value in leaves(recipe(spec, IDENTITY, PLACE)):
        found = made[path]
        while isinstance(found, str) and found.startswith("${oc.select:"):
            found = made[found[len("${oc.select:") : -1]]
        assert found == (type(found)(value) if isinstance(value, str) else value), path
    # Hydra reads 3e-06 as a number, and "3e-6" as text.
    assert all(not isinstance(value, dict | list) for value in said.values())


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c.technique}-{c.model}-{c.adapter}")
def test_validation_records_go_where_the_recipe_has_a_place_for_them(cell: Capability) -> None:
    shapes = [AWS_RECIPES[f"{one.path}.yaml"]["run"] for one in recipes_for(cell)]
    assert {"validation_data_s3_path" in run for run in shapes} == {cell.takes_validation}


def test_numbers_stay_numbers_and_what_aws_says_already_is_not_said_again() -> None:
    cell = cell_of("rft", "hyperpod", LITE_2, "lora")
    given = {"learning_rate": 7e-7, "lora_alpha": 64, "temperature": 0.5, "max_steps": 20}
    over = overridden(hyperpod_command(spec_of(cell, given), IDENTITY, PLACE))
    config = {key: value for key, value in over.items() if "training_config" in key}
    start = "recipes.training_config"
    assert config == {
        f"{start}.rollout.rewards.api_endpoint.lambda_arn": PLACE.reward_version_arn,
        f"{start}.rollout.generator.temperature": 0.5,
        f"{start}.trainer.max_steps": 20,
        f"{start}.trainer.save_steps": 20,
        f"{start}.trainer.peft.lora_tuning.alpha": 64,
    }


def test_namespace_and_cluster() -> None:
    compute = {"namespace": "team-a", "cluster": "rigs", "replicas": 8}
    spec = spec_of(cell_of("sft", "hyperpod", LITE_2), compute=compute)
    command = hyperpod_command(spec, IDENTITY, PLACE)
    assert command[3] == "team-a"
    assert overridden(command)["recipes.run.replicas"] == 8
    assert hyperpod_connect(spec, PLACE) == [
        *("hyperpod", "connect-cluster", "--cluster-name", "rigs"),
        *("--region", "us-east-1", "--namespace", "team-a"),
    ]
    with pytest.raises(UsageError, match=r"set compute\.cluster"):
        hyperpod_connect(spec_of(spec.cell), PLACE)


def test_the_reward_is_named_as_hyperpod_wants_it() -> None:
    spec = spec_of(cell_of("rft", "hyperpod", LITE_2))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:tone-dev-reward:3"
    with pytest.raises(UsageError, match="this one is tone-dev-reward; run nova-rft deploy"):
        hyperpod_command(spec, IDENTITY, replace(PLACE, reward_version_arn=arn))


def test_the_longest_name_is_one_that_helm_takes() -> None:
    # Helm's releases have 53 characters at most, and the launcher names them like the run.
    assert len(LONGEST.name) == 53
