"""`CreateTrainingJob` with a recipe: AWS's image reads it from a channel of its own.

Source: requests captured from the `sagemaker` SDK 3.27.0, and that SDK's way from a Nova recipe to a
request (`sm_recipes`). It asks for an hour at most where nobody says more, which stops real jobs.
"""

from __future__ import annotations

from typing import Any, Final

from nova_rft.jobs._identity import Identity
from nova_rft.jobs._place import Place
from nova_rft.jobs.recipes import instances, training_image
from nova_rft.jobs.requests._sagemaker import (
    channel,
    record_channels,
    sagemaker_tags,
    surroundings,
)
from nova_rft.spec import ComputeSpec, Spec

_RECIPE: Final = "recipe"


def recipe_job_request(spec: Spec, identity: Identity, place: Place) -> dict[str, Any]:
    """Parameters of `CreateTrainingJob` for a recipe that lies at `place.recipe_uri`.

    Raises:
        UsageError: no image is known for the region, or recipe or reward is not there.
    """
    compute = spec.compute or ComputeSpec()
    kind, count = instances(spec)
    recipe_uri = place.required("recipe_uri")
    return {
        "TrainingJobName": identity.name,
        "RoleArn": place.role_arn,
        "HyperParameters": _hyperparameters(spec, place, recipe_uri),
        "AlgorithmSpecification": {
            "TrainingImage": training_image(spec, place.region),
            "TrainingInputMode": "File",
        },
        "InputDataConfig": [*record_channels(spec, place), channel(_RECIPE, recipe_uri)],
        **surroundings(place),
        "ResourceConfig": {
            "InstanceType": kind,
            "InstanceCount": count,
            "VolumeSizeInGB": compute.volume_gb,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": max(1, round(compute.max_hours * 3600))},
        "Tags": sagemaker_tags(spec, identity, place),
    }


def _hyperparameters(spec: Spec, place: Place, recipe_uri: str) -> dict[str, str]:
    """What the image is told beside the recipe."""
    file = recipe_uri.rsplit("/", 1)[-1]
    told = {"sagemaker_recipe_local_path": f"/opt/ml/input/data/{_RECIPE}/{file}"}
    if spec.technique == "distillation":
        kms_key = place.kms_key_arn or ""
        return {"distillation_data": "true", "role_arn": place.role_arn, "kms_key": kms_key, **told}
    if spec.technique == "rft":
        told["reward_lambda_arn"] = place.required("reward_version_arn")
    if spec.resume_from:
        return {"base_model_location": spec.resume_from, **told}
    return {"base_model": spec.cell.name, **told}
