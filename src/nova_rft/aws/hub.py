"""What SageMaker's public hub allows today for a model's serverless jobs."""

from __future__ import annotations

import json
from typing import Any

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, split_uri
from nova_rft.aws.training_jobs import public_model
from nova_rft.errors import FindingsError


def allowed_hyperparameters(
    aws: Aws, model: str, technique: str, *, lora: bool
) -> dict[str, dict[str, Any]]:
    """By the service's name of a hyperparameter: its type, range, choices and default.

    Args:
        aws: The account and region.
        model: The hub's name of the model.
        technique: `SFT`, `DPO`, `RLVR`.
        lora: Whether an adapter is trained.

    Raises:
        FindingsError: the hub has no recipe for that, or its document has another form.
        AwsRefused: AWS refused a call.
    """
    document = json.loads(public_model(aws, model)["HubContentDocument"])
    for recipe in document.get("RecipeCollection", ()):
        same = recipe.get("CustomizationTechnique") == technique
        if same and (recipe.get("Peft") == "LORA") == lora and "SmtjOverrideParamsS3Uri" in recipe:
            body = get(aws, *split_uri(recipe["SmtjOverrideParamsS3Uri"]))
            allowed: dict[str, dict[str, Any]] = json.loads(body)
            return allowed
    kind = "LoRA" if lora else "full-rank"
    raise FindingsError(f"SageMaker's hub has no {kind} {technique} recipe for {model} today")
