"""`CreateModelCustomizationJob`: RFT, SFT, distillation, and continued pre-training.

Source: botocore 1.44.5's service model and AWS's samples. Hyperparameters that the spec leaves out are
left out here, so that the service's defaults hold.
"""

from __future__ import annotations

from typing import Any, Final

from nova_rft.jobs._identity import Identity, tags_for
from nova_rft.jobs._place import Place
from nova_rft.spec import Spec
from nova_rft.spec.training import BedrockDistillation

_TYPES: Final = {
    "rft": "REINFORCEMENT_FINE_TUNING",
    "sft": "FINE_TUNING",
    "distillation": "DISTILLATION",
    "cpt": "CONTINUED_PRE_TRAINING",
}


def bedrock_request(spec: Spec, identity: Identity, place: Place) -> dict[str, Any]:
    """Parameters of `CreateModelCustomizationJob`."""
    tags = [{"key": k, "value": v} for k, v in tags_for(spec, identity, place).items()]
    request: dict[str, Any] = {
        "jobName": identity.name,
        "customModelName": identity.name,
        "roleArn": place.role_arn,
        "clientRequestToken": identity.token,
        "baseModelIdentifier": spec.resume_from or spec.model,
        "customizationType": _TYPES[spec.technique],
        "jobTags": tags,
        "customModelTags": tags,
        "trainingDataConfig": {"s3Uri": place.training_uri},
        "outputDataConfig": {"s3Uri": place.output_uri},
        **_asked(spec, place),
    }
    if place.validation_uri is not None:
        request["validationDataConfig"] = {"validators": [{"s3Uri": place.validation_uri}]}
    if place.storage_key_arn is not None:
        request["customModelKmsKeyId"] = place.storage_key_arn
    if place.subnets:
        request["vpcConfig"] = {
            "subnetIds": list(place.subnets),
            "securityGroupIds": list(place.security_groups),
        }
    return request


def _asked(spec: Spec, place: Place) -> dict[str, Any]:
    given = spec.training.given()
    if spec.technique == "rft":
        grader = {"lambdaGrader": {"lambdaArn": place.reward_version_arn}}
        rft = {"graderConfig": grader, "hyperParameters": given}
        return {"customizationConfig": {"rftConfig": rft}}
    if isinstance(spec.training, BedrockDistillation):
        teacher = {"teacherModelIdentifier": spec.training.teacher, **given}
        return {"customizationConfig": {"distillationConfig": {"teacherModelConfig": teacher}}}
    # Everywhere but in rftConfig values are texts.
    return {"hyperParameters": {key: _text(value) for key, value in given.items()}} if given else {}


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
