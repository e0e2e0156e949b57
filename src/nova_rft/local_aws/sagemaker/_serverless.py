"""Jobs of serverless customization: what is refused, and what is trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from nova_rft.local_aws._account import Account
from nova_rft.local_aws.sagemaker._hubs import Hubs
from nova_rft.local_aws.sagemaker._names import invalid
from nova_rft.local_aws.sagemaker._packages import Packages
from nova_rft.local_aws.sagemaker._parameters import PARAMETERS
from nova_rft.local_aws.sagemaker._plan import Plan, Technique
from nova_rft.local_aws.sagemaker._public_hub import (
    MODELS,
    PUBLIC_HUB,
    VERSION,
    HubModel,
    HubRecipe,
)

_TECHNIQUES: Final[Mapping[str, Technique]] = {"SFT": "sft", "DPO": "dpo", "RLVR": "rft"}
# What names instances and images belongs to the other way of asking.
_FOREIGN: Final = ("AlgorithmSpecification", "ResourceConfig")


def serverless_plan(
    asked: Mapping[str, Any], region: str, account: Account, hubs: Hubs, packages: Packages
) -> Plan:
    """The plan of a job, once all that it names is found.

    Raises:
        ServiceError: what SageMaker would not begin.
    """
    config = asked["ServerlessJobConfig"]
    for name in _FOREIGN:
        if name in asked:
            raise invalid(f"{name} cannot be given together with ServerlessJobConfig")
    if config["JobType"] != "FineTuning":
        raise invalid(f"JobType {config['JobType']} is not offered by the embedded AWS")
    if config.get("AcceptEula") is not True:
        raise invalid("ServerlessJobConfig.AcceptEula must be true: the model has a licence")
    model = _model(config["BaseModelArn"], region)
    recipe = _recipe(model, config)
    _check_packages(asked, packages)
    grader = ""
    if recipe.technique == "RLVR":
        grader = _reference(config, hubs)
        account.check_function(region, grader, "EvaluatorArn")
    elif "EvaluatorArn" in config:
        raise invalid(f"EvaluatorArn is for RLVR and RLAIF, not for {recipe.technique}")
    return _planned(model, recipe, hyperparameters(asked, recipe.parameters), grader)


def _model(arn: str, region: str) -> HubModel:
    head, _, path = arn.partition(":hub-content/")
    hub, kind, name, version = (*path.split("/"), VERSION)[:4]
    place = (hub, kind, version) == (PUBLIC_HUB, "Model", VERSION)
    if not place or head != f"arn:aws:sagemaker:{region}:aws" or name not in MODELS:
        raise invalid(
            f"BaseModelArn {arn} is not known; {PUBLIC_HUB} has {', '.join(MODELS)} "
            f"in version {VERSION}"
        )
    return MODELS[name]


def _recipe(model: HubModel, config: Mapping[str, Any]) -> HubRecipe:
    technique = config.get("CustomizationTechnique")
    if technique is None:
        raise invalid("ServerlessJobConfig.CustomizationTechnique must be given for FineTuning")
    found = model.recipe(technique, lora=config.get("Peft") == "LORA")
    if found is None:
        offered = ", ".join(dict.fromkeys(one.technique for one in model.recipes))
        raise invalid(
            f"CustomizationTechnique {technique} is not supported for {model.title}; "
            f"supported are {offered}"
        )
    return found


def _check_packages(asked: Mapping[str, Any], packages: Packages) -> None:
    config = asked.get("ModelPackageConfig")
    if config is None:
        raise invalid("ModelPackageConfig.ModelPackageGroupArn must be given")
    packages.group(config["ModelPackageGroupArn"])
    if "SourceModelPackageArn" in config:
        packages.package(config["SourceModelPackageArn"])


def _reference(config: Mapping[str, Any], hubs: Hubs) -> str:
    """The reward Lambda that an evaluator names."""
    arn = config.get("EvaluatorArn")
    if not arn:
        raise invalid("ServerlessJobConfig.EvaluatorArn must be given for RLVR")
    content = hubs.content_by_arn(arn)
    if content is None or content["HubContentType"] != "JsonDoc":
        raise invalid(f"EvaluatorArn {arn} is no JsonDoc of a hub in this account")
    try:
        document = json.loads(content["HubContentDocument"])
        inner = json.loads(document["JsonContent"])
        kinds = (document["SubType"], inner["EvaluatorType"])
        reference = str(inner["Reference"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid(f"EvaluatorArn {arn} names no evaluator: {error!r}") from None
    if kinds != ("AWS/Evaluator", "RewardFunction"):
        raise invalid(
            f"EvaluatorArn {arn} is {' '.join(kinds)}; RLVR takes AWS/Evaluator RewardFunction"
        )
    return reference


def hyperparameters(asked: Mapping[str, Any], table: str) -> dict[str, Any]:
    """The values of a job's hyperparameters, with the defaults of those that it leaves out.

    Args:
        asked: The request.
        table: The name of a table of PARAMETERS.

    Raises:
        ServiceError: one is not known or not allowed.
    """
    known, given = PARAMETERS[table], asked.get("HyperParameters", {})
    found = {name: parameter.default for name, parameter in known.items()}
    for name, text in given.items():
        if name not in known:
            raise invalid(f"HyperParameters.{name} is not known; {table} takes {', '.join(known)}")
        try:
            found[name] = known[name].read(text)
        except ValueError as problem:
            raise invalid(f"HyperParameters.{name} {problem}") from None
    return found


def _planned(model: HubModel, recipe: HubRecipe, given: Mapping[str, Any], grader: str) -> Plan:
    return Plan(
        technique=_TECHNIQUES[recipe.technique],
        backend="sagemaker",
        model=model.bedrock,
        recipe=recipe.name,
        batch_size=given["global_batch_size"],
        epochs=given.get("max_epochs", 1),
        steps=given.get("max_steps"),
        eval_every=given.get("save_steps") or None,
        grader_arn=grader,
    )
