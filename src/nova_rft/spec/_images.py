"""The images that recipe jobs run in, and the teacher of the recipe that has one.

Source: aws/sagemaker-hyperpod-recipes, commit 557470f (read 2026-11-25), nova_regional_parameters.json,
which names an image for each recipe, region and place to run; for us-east-1 the Nova User Guide's tables
of recipes say the same. Regions that are in neither are not guessed.
"""

from __future__ import annotations

from typing import Final

# Which account's registry each region reads from.
_ACCOUNTS: Final = {
    "us-east-1": "708977205387",
    "us-west-2": "176779409107",
    "ap-northeast-1": "878185805882",
}
_TUNE: Final = "nova-fine-tune-repo"
# By backend, technique and generation of Nova.
_IMAGES: Final = {
    ("sagemaker-recipe", "sft", 1): f"{_TUNE}:SM-TJ-SFT-latest",
    ("sagemaker-recipe", "sft", 2): f"{_TUNE}:SM-TJ-SFT-V2-latest",
    ("sagemaker-recipe", "dpo", 1): f"{_TUNE}:SM-TJ-DPO-latest",
    ("sagemaker-recipe", "rft", 2): f"{_TUNE}:SM-TJ-RFT-V2-latest",
    ("sagemaker-recipe", "distillation", 1): "nova-distillation-repo:SM-TJ-DISTILL-LATEST",
    ("hyperpod", "sft", 1): f"{_TUNE}:SM-HP-SFT-latest",
    ("hyperpod", "sft", 2): f"{_TUNE}:SM-HP-SFT-V2-latest",
    ("hyperpod", "dpo", 1): f"{_TUNE}:SM-HP-DPO-latest",
    ("hyperpod", "rft", 2): f"{_TUNE}:SM-HP-RFT-TRAIN-V2-latest",
    ("hyperpod", "cpt", 1): f"{_TUNE}:HP-CPT-latest",
    ("hyperpod", "cpt", 2): f"{_TUNE}:SM-HP-CPT-V2-latest",
}

IMAGE_REGIONS: Final = tuple(_ACCOUNTS)

# Nova User Guide, "Amazon Nova distillation".
RECIPE_TEACHER: Final = "us.amazon.nova-pro-v1:0"


def aws_image(backend: str, technique: str, model: str, region: str) -> str | None:
    """The URI of AWS's own image for a job by recipe; None where no source names one.

    Args:
        backend: `sagemaker-recipe` or `hyperpod`.
        technique: What it trains by.
        model: The base model, by Bedrock's id.
        region: Where it runs.
    """
    generation = 2 if "nova-2" in model else 1
    account = _ACCOUNTS.get(region)
    image = _IMAGES.get((backend, technique, generation))
    if account is None or image is None:
        return None
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{image}"
