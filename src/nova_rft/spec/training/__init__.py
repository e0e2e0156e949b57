"""Hyperparameters of every kind of job: what each means, its range, the service's name and default."""

from nova_rft.spec.training._bedrock import (
    BedrockCpt,
    BedrockDistillation,
    BedrockSft,
    OpenWeightRft,
    RftTraining,
)
from nova_rft.spec.training._choose import Training, training_kind
from nova_rft.spec.training._hyper import Hyperparameters, Wire, wires
from nova_rft.spec.training._recipes import (
    HyperPodRft,
    HyperPodRftLora,
    Nova1Cpt,
    Nova1Dpo,
    Nova1DpoLora,
    Nova1Sft,
    Nova1SftLora,
    Nova2Cpt,
    Nova2Sft,
    Nova2SftLora,
    RecipeRft,
    RecipeRftLora,
    ServerlessRft,
    TeacherRecipe,
)

__all__ = [
    "BedrockCpt",
    "BedrockDistillation",
    "BedrockSft",
    "HyperPodRft",
    "HyperPodRftLora",
    "Hyperparameters",
    "Nova1Cpt",
    "Nova1Dpo",
    "Nova1DpoLora",
    "Nova1Sft",
    "Nova1SftLora",
    "Nova2Cpt",
    "Nova2Sft",
    "Nova2SftLora",
    "OpenWeightRft",
    "RecipeRft",
    "RecipeRftLora",
    "RftTraining",
    "ServerlessRft",
    "TeacherRecipe",
    "Training",
    "Wire",
    "training_kind",
    "wires",
]
