"""Which recipes there are: what each trains, on which instances, and how many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nova_rft.spec._capabilities import (
    NOVA_2_LITE,
    NOVA_LITE,
    NOVA_MICRO,
    NOVA_PRO,
    RECIPES_SOURCE,
    Capability,
)

_P5: Final = ("ml.p5.48xlarge",)
_P4D: Final = ("ml.p4d.24xlarge",)
_P5_P4D: Final = (*_P5, *_P4D)
_P5_P5EN: Final = (*_P5, "ml.p5en.48xlarge")
_G_12X: Final = ("ml.g5.12xlarge", "ml.g6.12xlarge")
_G_48X: Final = ("ml.g5.48xlarge", "ml.g6.48xlarge")
_R5: Final = ("ml.r5.24xlarge",)
_BOTH: Final = ("sagemaker-recipe", "hyperpod")
_JOB: Final = ("sagemaker-recipe",)
_CLUSTER: Final = ("hyperpod",)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe of AWS's collection.

    Attributes:
        path: Its place in the collection, without the suffix; HyperPod's command takes it.
        technique: What it trains by.
        model: The base model, by Bedrock's id.
        adapter: `lora` or `full`; `managed` where nothing is trained (distillation).
        backends: Where it runs.
        instances: Instance types that it is made for.
        replicas: How many instances it may be given, the usual number first.
        source: Where this is written down.
    """

    path: str
    technique: str
    model: str
    adapter: str
    backends: tuple[str, ...]
    instances: tuple[str, ...]
    replicas: tuple[int, ...]
    source: str = RECIPES_SOURCE

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rsplit("/", 1)[-1]


def _tuned(
    model: str, name: str, technique: str, adapter: str, instances: tuple[str, ...], *replicas: int
) -> Recipe:
    family = (
        "nova_2_0/nova_lite" if model == NOVA_2_LITE else f"nova_1_0/{name[: name.index('_1_0')]}"
    )
    path = f"fine-tuning/nova/{family}/{technique.upper()}/{name}"
    return Recipe(path, technique, model, adapter, _BOTH, instances, replicas)


_LITE_1: Final = "nova_lite_1_0"
_MICRO_1: Final = "nova_micro_1_0"
_PRO_1: Final = "nova_pro_1_0"
_NOVA_2_RFT: Final = "fine-tuning/nova/nova_2_0/nova_lite/RFT/nova_lite"

RECIPES: Final = (
    _tuned(NOVA_2_LITE, "nova_lite_2_0_p5_gpu_lora_sft", "sft", "lora", _P5, 4, 8, 16, 32),
    _tuned(NOVA_2_LITE, "nova_lite_2_0_p5_gpu_sft", "sft", "full", _P5, 4, 8, 16, 32),
    _tuned(NOVA_LITE, f"{_LITE_1}_p5_p4d_gpu_lora_sft", "sft", "lora", _P5_P4D, 4, 8, 16),
    _tuned(NOVA_LITE, f"{_LITE_1}_g5_g6_12x_gpu_lora_sft", "sft", "lora", _G_12X, 1),
    _tuned(NOVA_LITE, f"{_LITE_1}_g5_g6_48x_gpu_lora_sft", "sft", "lora", _G_48X, 1),
    _tuned(NOVA_LITE, f"{_LITE_1}_p5_p4d_gpu_sft", "sft", "full", _P5_P4D, 4, 8, 16),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_p5_p4d_gpu_lora_sft", "sft", "lora", _P5_P4D, 2, 4, 8),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_g5_g6_12x_gpu_lora_sft", "sft", "lora", _G_12X, 1),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_g5_g6_48x_gpu_lora_sft", "sft", "lora", _G_48X, 1),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_p5_p4d_gpu_sft", "sft", "full", _P5_P4D, 2, 4, 8),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_g5_g6_48x_gpu_sft", "sft", "full", _G_48X, 1),
    _tuned(NOVA_PRO, f"{_PRO_1}_p5_p4d_gpu_lora_sft", "sft", "lora", _P5_P4D, 6, 12, 24),
    _tuned(NOVA_PRO, f"{_PRO_1}_p5_gpu_sft", "sft", "full", _P5, 6, 12, 24),
    _tuned(NOVA_LITE, f"{_LITE_1}_p5_p4d_gpu_lora_dpo", "dpo", "lora", _P5_P4D, 4, 8, 16),
    _tuned(NOVA_LITE, f"{_LITE_1}_g5_g6_48x_gpu_lora_dpo", "dpo", "lora", _G_48X, 1),
    _tuned(NOVA_LITE, f"{_LITE_1}_p5_p4d_gpu_dpo", "dpo", "full", _P5_P4D, 4, 8, 16),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_p5_p4d_gpu_lora_dpo", "dpo", "lora", _P5_P4D, 2, 4, 8),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_g5_g6_12x_gpu_lora_dpo", "dpo", "lora", _G_12X, 1),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_g5_g6_48x_gpu_lora_dpo", "dpo", "lora", _G_48X, 1),
    _tuned(NOVA_MICRO, f"{_MICRO_1}_p5_p4d_gpu_dpo", "dpo", "full", _P5_P4D, 2, 4, 8),
    _tuned(NOVA_PRO, f"{_PRO_1}_p5_p4d_gpu_lora_dpo", "dpo", "lora", _P5_P4D, 6, 12, 24),
    _tuned(NOVA_PRO, f"{_PRO_1}_p5_gpu_dpo", "dpo", "full", _P5, 6, 12, 24),
    _tuned(NOVA_PRO, f"{_PRO_1}_p4d_gpu_dpo", "dpo", "full", _P4D, 12, 24),
    # How many instances a training job's RFT may have: Nova 2 User Guide, RFT on SageMaker training
    # jobs, instance requirements (2026-11-25); 4 stands in the recipe.
    *(
        Recipe(f"{_NOVA_2_RFT}_{name}", "rft", NOVA_2_LITE, adapter, backends, instances, replicas)
        for name, adapter, backends, instances, replicas in (
            ("v2_smtj_p5_p5en_gpu_lora_rft", "lora", _JOB, _P5_P5EN, (4, 2, 6, 8)),
            ("v2_smtj_p5_p5en_gpu_rft", "full", _JOB, _P5_P5EN, (4, 2, 6, 8)),
            ("2_0_p5_gpu_lora_rft", "lora", _CLUSTER, _P5, (2, 4, 8, 16)),
            ("2_0_p5_gpu_rft", "full", _CLUSTER, _P5, (4, 2, 8, 16)),
        )
    ),
    Recipe(
        f"fine-tuning/nova/nova_1_0/nova_pro/distill/{_PRO_1}_r5_cpu_distill",
        *("distillation", NOVA_PRO, "managed", _JOB, _R5, (1,)),
    ),
    *(
        Recipe(f"training/nova/{path}", "cpt", model, "full", _CLUSTER, _P5, replicas)
        for path, model, replicas in (
            ("nova_2_0/nova_lite/CPT/nova_lite_2_0_p5x8_gpu_pretrain", NOVA_2_LITE, (8, 4, 16, 32)),
            (f"nova_1_0/nova_lite/CPT/{_LITE_1}_p5x16_gpu_pretrain", NOVA_LITE, (16, 4, 8, 32)),
            (
                f"nova_1_0/nova_micro/CPT/{_MICRO_1}_p5x8_gpu_pretrain",
                NOVA_MICRO,
                (8, 2, 4, 16, 32),
            ),
            (f"nova_1_0/nova_pro/CPT/{_PRO_1}_p5x24_gpu_pretrain", NOVA_PRO, (24, 6, 12)),
        )
    ),
)


def recipes_for(cell: Capability) -> tuple[Recipe, ...]:
    """The recipes of one combination of the capability table, the usual one first."""
    return tuple(
        one
        for one in RECIPES
        if (one.technique, one.model, one.adapter) == (cell.technique, cell.model, cell.adapter)
        and cell.backend in one.backends
    )
