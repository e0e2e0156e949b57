"""`CreateTrainingJob` of serverless customization: SFT, DPO and RFT (which it calls RLVR).

Source: requests captured from the trainers of the `sagemaker` SDK 3.27.0, and botocore 1.44.5's model.
Their SDK sends every hyperparameter of the hub's document with its default; all of those that the
document calls required have one, so that here the job's name goes along and what the spec gives.
"""

from __future__ import annotations

from typing import Any, Final

from nova_rft.jobs._identity import Identity
from nova_rft.jobs._place import Place
from nova_rft.jobs.requests._sagemaker import (
    record_channels,
    sagemaker_tags,
    surroundings,
    texts,
)
from nova_rft.spec import Spec

SERVERLESS_TECHNIQUES: Final = {"sft": "SFT", "dpo": "DPO", "rft": "RLVR"}
_HUB: Final = "SageMakerPublicHub"
# The service takes the latest version whatever is named; the SDK names this one.
_VERSION: Final = "1.0.0"


def serverless_request(spec: Spec, identity: Identity, place: Place) -> dict[str, Any]:
    """Parameters of `CreateTrainingJob`, with neither image nor instances.

    Raises:
        UsageError: the model package group, or RFT's evaluator, is not there.
    """
    request: dict[str, Any] = {
        "TrainingJobName": identity.name,
        "RoleArn": place.role_arn,
        "HyperParameters": texts({"name": identity.name, **spec.training.given()}),
        "InputDataConfig": record_channels(spec, place),
        **surroundings(place),
        "Tags": [*sagemaker_tags(spec, identity, place), *_hub_tags(spec)],
        "ServerlessJobConfig": _serverless(spec, place),
        "ModelPackageConfig": {"ModelPackageGroupArn": place.required("package_group_arn")},
    }
    if spec.resume_from:
        request["ModelPackageConfig"]["SourceModelPackageArn"] = spec.resume_from
    if spec.mlflow and spec.mlflow.arn:
        request["MlflowConfig"] = {
            "MlflowResourceArn": spec.mlflow.arn,
            "MlflowExperimentName": spec.experiment,
            "MlflowRunName": identity.name,
        }
    return request


def _serverless(spec: Spec, place: Place) -> dict[str, Any]:
    partition = "aws-us-gov" if place.region.startswith("us-gov-") else "aws"
    hub = f"arn:{partition}:sagemaker:{place.region}:aws:hub-content/{_HUB}"
    config: dict[str, Any] = {
        "BaseModelArn": f"{hub}/Model/{spec.cell.name}/{_VERSION}",
        "JobType": "FineTuning",
        "AcceptEula": True,
        "CustomizationTechnique": SERVERLESS_TECHNIQUES[spec.technique],
    }
    if spec.cell.adapter == "lora":
        config["Peft"] = "LORA"
    if spec.technique == "rft":
        config["EvaluatorArn"] = place.required("evaluator_arn")
    return config


def _hub_tags(spec: Spec) -> list[dict[str, str]]:
    """The tags by which SageMaker's own tools see which model of which hub a job is of."""
    return [
        {"Key": "sagemaker-sdk:jumpstart-model-id", "Value": spec.cell.name},
        {"Key": "sagemaker-sdk:jumpstart-hub-name", "Value": _HUB},
    ]
