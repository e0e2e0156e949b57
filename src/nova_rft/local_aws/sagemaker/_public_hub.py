"""SageMakerPublicHub: the Nova models, and what their recipes can be told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from nova_rft.local_aws._account import Account
from nova_rft.local_aws.sagemaker._names import arn_of
from nova_rft.local_aws.sagemaker._parameters import PARAMETERS

PUBLIC_HUB: Final = "SageMakerPublicHub"
VERSION: Final = "1.0.0"
_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Accounts and buckets as aws/nova-forge-sdk 1.4.10 shows them in an answer of DescribeHubContent.
_IMAGES: Final = "708977205387.dkr.ecr.{region}.amazonaws.com/nova-fine-tune-repo"
_BUCKET: Final = "s3://jumpstart-cache-prod-{region}/recipes"


@dataclass(frozen=True, slots=True)
class HubRecipe:
    """One way to customise a model, by the names of aws/sagemaker-hyperpod-recipes.

    Attributes:
        name: The recipe.
        technique: SFT, DPO or RLVR.
        lora: Whether it trains an adapter; else all weights.
        parameters: The table of what it can be told.
    """

    name: str
    technique: str
    lora: bool
    parameters: str


@dataclass(frozen=True, slots=True)
class HubModel:
    """A Nova model.

    Attributes:
        title: Its display name.
        bedrock: What Bedrock calls it.
        recipes: The ways to customise it.
    """

    title: str
    bedrock: str
    recipes: tuple[HubRecipe, ...]

    def recipe(self, technique: str, *, lora: bool) -> HubRecipe | None:
        """The recipe of a technique, or None where the model has none."""
        for one in self.recipes:
            if (one.technique, one.lora) == (technique, lora):
                return one
        return None


def _nova_1(size: str, full: str = "p5_p4d") -> tuple[HubRecipe, ...]:
    start = f"nova_{size}_1_0"
    return (
        HubRecipe(f"{start}_p5_p4d_gpu_lora_sft", "SFT", True, "nova_lora_sft"),
        HubRecipe(f"{start}_{full}_gpu_sft", "SFT", False, "nova_sft"),
        HubRecipe(f"{start}_p5_p4d_gpu_lora_dpo", "DPO", True, "nova_lora_dpo"),
        HubRecipe(f"{start}_{full}_gpu_dpo", "DPO", False, "nova_dpo"),
    )


_NOVA_2: Final = (
    HubRecipe("nova_lite_2_0_p5_gpu_lora_sft", "SFT", True, "nova_lora_sft_2_0"),
    HubRecipe("nova_lite_2_0_p5_gpu_sft", "SFT", False, "nova_sft_2_0"),
    HubRecipe("nova_lite_v2_smtj_p5_p5en_gpu_lora_rft", "RLVR", True, "nova_smtj_lora_rft"),
    HubRecipe("nova_lite_v2_smtj_p5_p5en_gpu_rft", "RLVR", False, "nova_smtj_rft"),
)
MODELS: Final[Mapping[str, HubModel]] = {
    "nova-textgeneration-lite-v2": HubModel(
        "Amazon Nova 2 Lite", "amazon.nova-2-lite-v1:0:256k", _NOVA_2
    ),
    "nova-textgeneration-lite": HubModel(
        "Amazon Nova Lite", "amazon.nova-lite-v1:0:300k", _nova_1("lite")
    ),
    "nova-textgeneration-micro": HubModel(
        "Amazon Nova Micro", "amazon.nova-micro-v1:0:128k", _nova_1("micro")
    ),
    "nova-textgeneration-pro": HubModel(
        "Amazon Nova Pro", "amazon.nova-pro-v1:0:300k", _nova_1("pro", "p5")
    ),
}


def public_hub(region: str) -> dict[str, Any]:
    """DescribeHub's answer."""
    return {
        "HubName": PUBLIC_HUB,
        "HubArn": arn_of(region, "hub", PUBLIC_HUB, "aws"),
        "HubDescription": "Models that SageMaker offers; here the Nova models alone",
        "HubStatus": "InService",
        "CreationTime": _SINCE,
        "LastModifiedTime": _SINCE,
    }


def public_models(region: str, account: Account) -> Iterator[dict[str, Any]]:
    """DescribeHubContent's answers; what their documents refer to can be read from now on."""
    for name, model in MODELS.items():
        recipes = [_entry(recipe, region) for recipe in model.recipes]
        for recipe, entry in zip(model.recipes, recipes, strict=True):
            table = PARAMETERS[recipe.parameters]
            overrides = {key: one.as_override() for key, one in table.items()}
            account.publish(entry["SmtjOverrideParamsS3Uri"], json.dumps(overrides).encode())
        yield {
            "HubContentName": name,
            "HubContentArn": arn_of(
                region, "hub-content", f"{PUBLIC_HUB}/Model/{name}/{VERSION}", "aws"
            ),
            "HubContentVersion": VERSION,
            "HubContentType": "Model",
            "DocumentSchemaVersion": "2.0.0",
            "HubName": PUBLIC_HUB,
            "HubArn": arn_of(region, "hub", PUBLIC_HUB, "aws"),
            "HubContentDisplayName": model.title,
            "HubContentDocument": json.dumps({"RecipeCollection": recipes}),
            "SupportStatus": "Supported",
            "HubContentStatus": "Available",
            "CreationTime": _SINCE,
            "LastModifiedTime": _SINCE,
        }


def _entry(recipe: HubRecipe, region: str) -> dict[str, Any]:
    bucket, images = _BUCKET.format(region=region), _IMAGES.format(region=region)
    kind = "RFT" if recipe.technique == "RLVR" else recipe.technique
    return {
        "Name": recipe.name,
        "DisplayName": recipe.name.replace("_", " "),
        "Type": "FineTuning",
        "CustomizationTechnique": recipe.technique,
        **({"Peft": "LORA"} if recipe.lora else {}),
        "Hardware": "GPU",
        "Versions": ["1.0"],
        "SmtjImageUri": f"{images}:SM-TJ-{kind}-latest",
        "SmtjOverrideParamsS3Uri": f"{bucket}/{recipe.name}_override_params_sm_jobs_v1.0.json",
    }
