"""Which hyperparameters a kind of job has."""

from typing import Final

from nova_rft.spec._capabilities import NOVA_2_LITE, Capability
from nova_rft.spec.training import _bedrock as bedrock
from nova_rft.spec.training import _recipes as recipes
from nova_rft.spec.training._hyper import Hyperparameters

# What a spec's `training` may be; the technique, backend, model and adapter say which.
Training = (
    bedrock.RftTraining
    | bedrock.OpenWeightRft
    | bedrock.BedrockSft
    | bedrock.BedrockDistillation
    | bedrock.BedrockCpt
    | recipes.ServerlessRft
    | recipes.RecipeRft
    | recipes.RecipeRftLora
    | recipes.HyperPodRft
    | recipes.HyperPodRftLora
    | recipes.Nova1Sft
    | recipes.Nova1SftLora
    | recipes.Nova2Sft
    | recipes.Nova2SftLora
    | recipes.Nova1Dpo
    | recipes.Nova1DpoLora
    | recipes.Nova1Cpt
    | recipes.Nova2Cpt
    | recipes.TeacherRecipe
)

# By technique and backend; where SageMaker's kinds share one, by technique alone.
_BY_BACKEND: Final[dict[tuple[str, str], type[Hyperparameters]]] = {
    ("rft", "bedrock"): bedrock.RftTraining,
    ("rft", "bedrock-openai"): bedrock.OpenWeightRft,
    ("rft", "sagemaker"): recipes.ServerlessRft,
    ("sft", "bedrock"): bedrock.BedrockSft,
    ("distillation", "bedrock"): bedrock.BedrockDistillation,
    ("distillation", "sagemaker-recipe"): recipes.TeacherRecipe,
    ("cpt", "bedrock"): bedrock.BedrockCpt,
}
# By technique, backend (any: empty), generation of Nova, and whether LoRA.
_BY_MODEL: Final[dict[tuple[str, str, int, bool], type[Hyperparameters]]] = {
    ("rft", "sagemaker-recipe", 2, False): recipes.RecipeRft,
    ("rft", "sagemaker-recipe", 2, True): recipes.RecipeRftLora,
    ("rft", "hyperpod", 2, False): recipes.HyperPodRft,
    ("rft", "hyperpod", 2, True): recipes.HyperPodRftLora,
    ("sft", "", 1, False): recipes.Nova1Sft,
    ("sft", "", 1, True): recipes.Nova1SftLora,
    ("sft", "", 2, False): recipes.Nova2Sft,
    ("sft", "", 2, True): recipes.Nova2SftLora,
    ("dpo", "", 1, False): recipes.Nova1Dpo,
    ("dpo", "", 1, True): recipes.Nova1DpoLora,
    ("cpt", "", 1, False): recipes.Nova1Cpt,
    ("cpt", "", 2, False): recipes.Nova2Cpt,
}


def training_kind(cell: Capability) -> type[Hyperparameters]:
    """The hyperparameters of one combination of the capability table."""
    fixed = _BY_BACKEND.get((cell.technique, cell.backend))
    if fixed is not None:
        return fixed
    generation = 2 if cell.model == NOVA_2_LITE else 1
    lora = cell.adapter == "lora"
    own = (cell.technique, cell.backend, generation, lora)
    return _BY_MODEL.get(own) or _BY_MODEL[(cell.technique, "", generation, lora)]
