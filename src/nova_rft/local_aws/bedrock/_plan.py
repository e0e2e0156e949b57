"""What a customization job is to do, as far as its request decides it; and what refuses a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from nova_rft.local_aws._protocol import ServiceError
from nova_rft.local_aws.bedrock._hyperparameters import check_fine_tuning
from nova_rft.local_aws.bedrock._models import Models
from nova_rft.local_aws.bedrock._names import foundation_arn
from nova_rft.local_aws.bedrock._teacher import check_teacher
from nova_rft.spec import models_for

Technique = Literal["rft", "sft", "distillation"]
# By the name that Bedrock has for it; left out, it is fine-tuning.
_TECHNIQUES: Final[dict[str, Technique]] = {
    "REINFORCEMENT_FINE_TUNING": "rft",
    "FINE_TUNING": "sft",
    "DISTILLATION": "distillation",
}
_CONFIGS: Final[dict[Technique, str]] = {"rft": "rftConfig", "distillation": "distillationConfig"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is to do.

    Attributes:
        kind: Its `customizationType`.
        technique: Ours for that.
        base: The foundation model that is trained, by its id.
    """

    kind: str
    technique: Technique
    base: str


def plan_of(asked: Mapping[str, Any], region: str, models: Models) -> Plan:
    """Reads a request that botocore's model allows.

    Raises:
        ServiceError: the service would refuse it for what it says, whatever is in the account.
    """
    kind = asked.get("customizationType", "FINE_TUNING")
    technique = _TECHNIQUES.get(kind)
    identifier = asked["baseModelIdentifier"]
    if technique is None:
        # Titan Text took CONTINUED_PRE_TRAINING; IMPORTED is what CreateCustomModel makes.
        raise _refused(f"{identifier} does not support {kind}; use {', '.join(_TECHNIQUES)}")
    base = _base(identifier, region, models)
    offered = models_for(technique, "bedrock")
    if base not in offered:
        raise _refused(f"{identifier} does not support {kind}; use {', '.join(offered)}")
    plan = Plan(kind, technique, base)
    _check_config(asked, plan)
    _check_validation(asked, plan)
    return plan


def _base(identifier: str, region: str, models: Models) -> str:
    """The foundation model of an identifier: its own, or that which a custom model descends from."""
    if ":custom-model/" in identifier or not {".", ":"} & set(identifier):
        model = models.active(identifier, region)
        if model.imported:
            raise _refused(f"The model {identifier} was imported and cannot be customized further")
        return model.base
    return identifier.removeprefix(foundation_arn(region, ""))


def _check_config(asked: Mapping[str, Any], plan: Plan) -> None:
    """Refuses a configuration that is missing, or another technique's."""
    config = asked.get("customizationConfig", {})
    wanted = _CONFIGS.get(plan.technique)
    others = [name for name in config if name != wanted]
    if others:
        raise _refused(f"customizationConfig.{others[0]} has no place in a {plan.kind} job")
    if plan.technique == "sft":
        check_fine_tuning(asked.get("hyperParameters", {}))
        return
    if asked.get("hyperParameters"):
        raise _refused(f"hyperParameters has no place in a {plan.kind} job")
    if plan.technique == "distillation":
        check_teacher(config.get("distillationConfig"))
    elif "lambdaGrader" not in config.get("rftConfig", {}).get("graderConfig", {}):
        raise _refused("customizationConfig.rftConfig.graderConfig.lambdaGrader is missing")


def _check_validation(asked: Mapping[str, Any], plan: Plan) -> None:
    given = asked.get("validationDataConfig", {}).get("validators")
    if given and plan.technique == "sft" and "nova-2" in plan.base:
        raise _refused(
            f"validationDataConfig: {plan.base} takes no validation data for {plan.kind}; leave it out"
        )


def _refused(why: str) -> ServiceError:
    return ServiceError("ValidationException", why)
