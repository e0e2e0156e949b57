"""Training jobs with a recipe: what SageMaker refuses, and what the image reads once the job runs.

SageMaker itself looks at instances, images and addresses. It does not open the recipe: what is wrong in
there fails the job.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from nova_rft.local_aws.sagemaker._names import invalid
from nova_rft.local_aws.sagemaker._parameters import PARAMETERS, Parameter
from nova_rft.local_aws.sagemaker._plan import Plan, Technique
from nova_rft.local_aws.training import JobFailed

# The repository of the images for Nova, whatever its account; tags as captured and documented.
_IMAGE: Final = re.compile(
    r"\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com/"
    r"(?:nova-fine-tune-repo:SM-TJ-.+|nova-distillation-repo:SM-TJ-DISTILL-.+)"
)
_FOLDER: Final = "/opt/ml/input/data/recipe/"
# What recipes and the hyperparameter `base_model` call the models.
_PATHS: Final = {
    "nova-lite-2/prod": "amazon.nova-2-lite-v1:0:256k",
    "nova-lite/prod": "amazon.nova-lite-v1:0:300k",
    "nova-micro/prod": "amazon.nova-micro-v1:0:128k",
    "nova-pro/prod": "amazon.nova-pro-v1:0:300k",
}
# Table of PARAMETERS by technique, by whether the model is Nova 2, and by whether an adapter is trained.
_TABLES: Final = {
    ("rft", True, True): "nova_smtj_lora_rft",
    ("rft", True, False): "nova_smtj_rft",
    ("sft", True, True): "nova_lora_sft_2_0",
    ("sft", True, False): "nova_sft_2_0",
    ("sft", False, True): "nova_lora_sft",
    ("sft", False, False): "nova_sft",
    ("dpo", False, True): "nova_lora_dpo",
    ("dpo", False, False): "nova_dpo",
}
_SAMPLES: Final = Parameter("integer", 2, 1, 64)


def check_recipe_job(asked: Mapping[str, Any]) -> None:
    """Refuses what SageMaker would not begin.

    Raises:
        ServiceError: something is missing, or the image is none of Nova's.
    """
    for name in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
        if name not in asked:
            raise invalid(f"{name} must be given where ServerlessJobConfig is not")
    image = asked["AlgorithmSpecification"].get("TrainingImage", "")
    if not _IMAGE.fullmatch(image):
        raise invalid(
            f"TrainingImage {image} is not known to the embedded AWS; "
            "it has the images nova-fine-tune-repo:SM-TJ-*"
        )
    config = asked["ResourceConfig"]
    for name in ("InstanceType", "InstanceCount", "VolumeSizeInGB"):
        if not config.get(name):
            raise invalid(f"ResourceConfig.{name} must be given")


def recipe_plan(text: bytes, uri: str, hyperparameters: Mapping[str, str]) -> Plan:
    """The plan that a recipe makes.

    Args:
        text: The recipe.
        uri: Its address.
        hyperparameters: The job's.

    Raises:
        JobFailed: the image could not begin with it.
    """
    given = _Given(_loaded(text, uri))
    file = hyperparameters.get("sagemaker_recipe_local_path")
    if file != _FOLDER + uri.rsplit("/", 1)[-1]:
        raise JobFailed(f"sagemaker_recipe_local_path is {file}: no such file; the recipe is {uri}")
    model = str(given.at("run.model_type"))
    config = given.at("training_config")
    if not isinstance(config, dict):
        raise JobFailed("the recipe's training_config is no mapping")
    name = str(given.at("run.name"))
    if str(config.get("distillation_data")).lower() == "true":
        return Plan("distillation", "sagemaker-recipe", model, name)
    start = hyperparameters.get("base_model") or hyperparameters.get("base_model_location")
    if start not in (given.at("run.model_name_or_path"), *_PATHS):
        raise JobFailed(f"the hyperparameter base_model is none of {', '.join(_PATHS)}")
    if model not in _PATHS.values():
        raise JobFailed(f"run.model_type {model} is none of {', '.join(_PATHS.values())}")
    return _trained(given, model, name, hyperparameters.get("reward_lambda_arn", ""))


def _trained(given: _Given, model: str, name: str, grader: str) -> Plan:
    technique = _technique(given)
    table = PARAMETERS[_table(given, technique, model)]
    steps = epochs = save = None
    if "max_epochs" in table:
        epochs = given.whole("training_config.trainer.max_epochs", table["max_epochs"])
    else:
        place = "training_config.trainer" if technique == "rft" else "training_config"
        steps = given.whole(f"{place}.max_steps", table["max_steps"])
        save = given.found(f"{place}.save_steps")
    samples = None
    if technique == "rft":
        path = "training_config.rollout.advantage_strategy.number_generation"
        samples = given.whole(path, _SAMPLES)
        if not grader:
            raise JobFailed("the hyperparameter reward_lambda_arn is missing")
    return Plan(
        technique,
        "sagemaker-recipe",
        model,
        name,
        batch_size=given.whole("training_config.global_batch_size", table["global_batch_size"]),
        epochs=epochs or 1,
        steps=steps,
        samples=samples,
        # Often an expression that stands for max_steps.
        eval_every=save if isinstance(save, int) and save > 0 else steps,
        grader_arn=grader,
    )


def _technique(given: _Given) -> Technique:
    if given.found("training_config.rollout") is not None:
        return "rft"
    return "sft" if given.found("training_config.model.dpo_cfg") is None else "dpo"


def _table(given: _Given, technique: Technique, model: str) -> str:
    paths = ("training_config.", "training_config.trainer.", "training_config.model.")
    lora = any(given.found(f"{path}peft.peft_scheme") == "lora" for path in paths)
    table = _TABLES.get((technique, "nova-2" in model, lora))
    if table is None:
        raise JobFailed(f"there is no recipe of {technique} for {model}")
    return table


def _loaded(text: bytes, uri: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(text.decode())
    except (YAMLError, UnicodeDecodeError) as error:
        raise JobFailed(f"the recipe {uri} is not YAML: {error}") from None
    if not isinstance(found, dict):
        raise JobFailed(f"the recipe {uri} is no mapping")
    return found


class _Given:
    """A recipe's values by their paths."""

    def __init__(self, recipe: dict[str, Any]) -> None:
        self._recipe = recipe

    def found(self, path: str) -> Any:
        """The value at a path, or None."""
        value: Any = self._recipe
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def at(self, path: str) -> Any:
        """The value at a path, which must be there."""
        value = self.found(path)
        if value is None:
            raise JobFailed(f"the recipe has no {path}")
        return value

    def whole(self, path: str, allowed: Parameter) -> int:
        """A whole number at a path, in its range."""
        try:
            return int(allowed.read(str(self.at(path))))
        except ValueError as problem:
            raise JobFailed(f"the recipe's {path} {problem}") from None
