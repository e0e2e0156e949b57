"""What a spec, and the place of its job, put into a recipe."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from nova_rft.jobs.recipes._base import Tree, base, find
from nova_rft.spec import Spec, recipe_of
from nova_rft.spec.training import wires

if TYPE_CHECKING:
    from nova_rft.jobs._identity import Identity
    from nova_rft.jobs._place import Place

_REWARD: Final = "training_config.rollout.rewards.api_endpoint.lambda_arn"


def instances(spec: Spec) -> tuple[str, int]:
    """The instance type of a job by recipe, and how many of them."""
    recipe = recipe_of(spec.cell, spec.compute)
    asked = spec.compute
    kind = (asked.instance_type if asked else None) or recipe.instances[0]
    return kind, (asked.replicas if asked else None) or recipe.replicas[0]


def shipped(spec: Spec) -> dict[str, Any]:
    """What holds for each hyperparameter of a job by recipe where the spec leaves it out, by our name.

    AWS's recipes do not always say what its tables of allowed values call the default.
    """
    tree = base(recipe_of(spec.cell, spec.compute), spec.cell.name)
    found = {}
    for name, wire in wires(type(spec.training)).items():
        branch, last = find(tree, wire.recipe)
        found[name] = _plain(branch[last])
    return found


def _plain(value: Any) -> Any:
    """A number where a recipe writes one as text."""
    if isinstance(value, str):
        with suppress(ValueError):
            number = float(value)
            return int(number) if number.is_integer() else number
    return value


def settings(spec: Spec, identity: Identity, place: Place) -> dict[str, Any]:
    """What the recipe is told, by where it holds that, from the top with dots.

    Raises:
        UsageError: RFT without a published reward.
    """
    tree = base(recipe_of(spec.cell, spec.compute), spec.cell.name)
    run = {**_records(spec, place), **_logged(spec, identity)}
    run |= {"name": identity.name, "replicas": instances(spec)[1]}
    if spec.resume_from:
        run["model_name_or_path"] = spec.resume_from
    said = {f"training_config.{key}": value for key, value in _teacher(spec, place).items()}
    if spec.technique == "rft":
        run["reward_lambda_arn"] = said[_REWARD] = place.required("reward_version_arn")
    # Not every recipe's `run` has every key.
    said |= {f"run.{key}": value for key, value in run.items() if key in tree["run"]}
    return {**said, **_save_at_the_end(tree, spec.training.in_recipe())}


def _records(spec: Spec, place: Place) -> dict[str, Any]:
    """Where records and results lie; a training job has channels for them, and `run` says nothing."""
    if spec.backend == "hyperpod":
        return {
            "data_s3_path": place.training_uri,
            "validation_data_s3_path": place.validation_uri or "",
            "output_s3_path": place.output_uri,
        }
    # RFT's recipe for training jobs has an address in it, the others' comments want it empty.
    training = place.training_uri if spec.technique == "rft" else ""
    return {"data_s3_path": training, "output_s3_path": ""}


def _logged(spec: Spec, identity: Identity) -> dict[str, Any]:
    """Where the run is logged; the names may not be empty, even where it is logged nowhere."""
    return {
        "mlflow_tracking_uri": (spec.mlflow.arn if spec.mlflow else None) or "",
        "mlflow_experiment_name": spec.experiment,
        "mlflow_run_name": identity.name,
    }


def _teacher(spec: Spec, place: Place) -> dict[str, Any]:
    if spec.technique != "distillation":
        return {}
    bucket = place.output_uri.removeprefix("s3://").split("/", 1)[0]
    return {"customer_bucket": bucket, "kms_key": place.kms_key_arn or ""}


def _save_at_the_end(tree: Tree, given: dict[str, Any]) -> dict[str, Any]:
    """What the spec gives, and a checkpoint at the last step where it gives the steps alone.

    In AWS's recipes that is an interpolation, which not every reader resolves.
    """
    for path, steps in given.items():
        if path.endswith(".max_steps"):
            save = path.replace(".max_steps", ".save_steps")
            branch, last = find(tree, save)
            return {save: steps, **given} if last in branch else given
    return given
