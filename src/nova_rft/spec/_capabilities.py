"""What goes with what: technique, adapter, backend, base model and region, each with its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

_READ: Final = "2026-11-01"
_BEDROCK: Final = f"Bedrock User Guide, customising models: supported models ({_READ})"
_BEDROCK_RFT: Final = f"Bedrock User Guide, reinforcement fine-tuning: supported models ({_READ})"
_OPEN_WEIGHT: Final = (
    f"Bedrock User Guide, reinforcement fine-tuning by the OpenAI-compatible API ({_READ})"
)
_SERVERLESS: Final = f"sagemaker 3.27.0, requests captured from its trainers ({_READ})"
RECIPES_SOURCE: Final = "aws/sagemaker-hyperpod-recipes, commit 2631995 (2026-06-23)"

NOVA_2_LITE: Final = "amazon.nova-2-lite-v1:0:256k"
NOVA_LITE: Final = "amazon.nova-lite-v1:0:300k"
NOVA_MICRO: Final = "amazon.nova-micro-v1:0:128k"
NOVA_PRO: Final = "amazon.nova-pro-v1:0:300k"
_NOVA_1: Final = (NOVA_LITE, NOVA_MICRO, NOVA_PRO)
# What SageMaker's hub, and recipes, call the same models.
_HUB: Final = {
    NOVA_2_LITE: "nova-textgeneration-lite-v2",
    NOVA_LITE: "nova-textgeneration-lite",
    NOVA_MICRO: "nova-textgeneration-micro",
    NOVA_PRO: "nova-textgeneration-pro",
}
_PATHS: Final = {
    NOVA_2_LITE: "nova-lite-2/prod",
    NOVA_LITE: "nova-lite/prod",
    NOVA_MICRO: "nova-micro/prod",
    NOVA_PRO: "nova-pro/prod",
}
_ONE: Final = ("us-east-1",)
_TWO: Final = ("us-east-1", "us-west-2")


class Need(StrEnum):
    """What must be in the account before a job of a kind can run; the stacks make it."""

    SERVICE_ROLE = "a service role that Bedrock assumes, with the records and the output bucket"
    EXECUTION_ROLE = (
        "an execution role that SageMaker assumes, with the records and the output bucket"
    )
    REWARD = "the reward Lambda, published, which the job's role may invoke"
    REWARD_NAMED = "the reward Lambda with SageMaker in its name"
    EVALUATOR = "an evaluator in SageMaker's hub that names the reward Lambda"
    PACKAGE_GROUP = "a model package group for the results"
    TEACHER = "the right to invoke the teacher model"
    API_KEY = "a Bedrock API key"
    INSTANCES = "a quota for the training instances"
    CLUSTER = "a HyperPod cluster of restricted instance groups"


@dataclass(frozen=True, slots=True)
class Capability:
    """One combination that a service is known to take.

    Attributes:
        technique: Such as `rft`.
        backend: Such as `bedrock`.
        model: The base model, by Bedrock's id whatever the backend.
        regions: Where it is known to be offered; elsewhere is not refused, only not known.
        source: Where this is written down, and the day it was read.
        adapter: `lora` or `full`; `managed` where the service chooses and does not say.
        name: What the backend itself calls the model.
        needs: What must be in the account.
    """

    technique: str
    backend: str
    model: str
    regions: tuple[str, ...]
    source: str
    adapter: str = "lora"
    name: str = ""
    needs: tuple[Need, ...] = ()

    @property
    def takes_validation(self) -> bool:
        """Whether validation records go along."""
        if self.backend == "bedrock":
            # Refused for Nova 2 Lite SFT (Bedrock User Guide, fine-tuning: datasets).
            return self.technique == "rft" or (
                self.technique == "sft" and self.model != NOVA_2_LITE
            )
        if self.backend == "hyperpod":
            # Of HyperPod's recipes those of Nova 2's SFT and CPT alone have a place for them.
            return self.model == NOVA_2_LITE and self.technique != "rft"
        return self.technique != "distillation"

    @property
    def calls_reward(self) -> bool:
        """Whether its jobs call the reward Lambda."""
        return not {Need.REWARD, Need.REWARD_NAMED}.isdisjoint(self.needs)

    def as_dict(self) -> dict[str, Any]:
        """The cell as documented for `jobs capabilities --json`."""
        return {**asdict(self), "needs": [str(need) for need in self.needs]}


def _bedrock() -> Iterable[Capability]:
    role = (Need.SERVICE_ROLE,)
    rewarded = (Need.SERVICE_ROLE, Need.REWARD)
    yield Capability(
        "rft", "bedrock", NOVA_2_LITE, _ONE, _BEDROCK_RFT, name=NOVA_2_LITE, needs=rewarded
    )
    for model in (NOVA_2_LITE, *_NOVA_1):
        yield Capability("sft", "bedrock", model, _ONE, _BEDROCK, name=model, needs=role)
    for model in (NOVA_LITE, NOVA_MICRO):
        needs = (Need.SERVICE_ROLE, Need.TEACHER)
        yield Capability("distillation", "bedrock", model, _ONE, _BEDROCK, name=model, needs=needs)
    for model in ("openai.gpt-oss-20b", "qwen.qwen3-32b"):
        yield Capability(
            "rft",
            "bedrock-openai",
            model,
            _TWO,
            _OPEN_WEIGHT,
            adapter="managed",
            name=model,
            needs=(Need.API_KEY, Need.REWARD),
        )


def _sagemaker() -> Iterable[Capability]:
    role = (Need.EXECUTION_ROLE, Need.PACKAGE_GROUP)

    def cell(technique: str, model: str, adapter: str, *needs: Need) -> Capability:
        name = _HUB[model]
        return Capability(
            technique, "sagemaker", model, _TWO, _SERVERLESS, adapter, name, (*role, *needs)
        )

    yield cell("rft", NOVA_2_LITE, "lora", Need.REWARD, Need.EVALUATOR)
    for adapter in ("lora", "full"):
        yield from (cell("sft", model, adapter) for model in (NOVA_2_LITE, *_NOVA_1))
        yield from (cell("dpo", model, adapter) for model in _NOVA_1)


def _recipes() -> Iterable[Capability]:
    job, cluster = (Need.EXECUTION_ROLE, Need.INSTANCES), (Need.CLUSTER,)
    for backend, needs, reward in (
        ("sagemaker-recipe", job, Need.REWARD),
        ("hyperpod", cluster, Need.REWARD_NAMED),
    ):
        for adapter in ("lora", "full"):
            yield _recipe("rft", backend, NOVA_2_LITE, adapter, *needs, reward)
            for model in (NOVA_2_LITE, *_NOVA_1):
                yield _recipe("sft", backend, model, adapter, *needs)
            for model in _NOVA_1:
                yield _recipe("dpo", backend, model, adapter, *needs)
    # The recipe has the teacher answer; a student is trained by SFT on what it said.
    yield _recipe("distillation", "sagemaker-recipe", NOVA_PRO, "managed", *job, Need.TEACHER)
    for model in (NOVA_2_LITE, *_NOVA_1):
        yield _recipe("cpt", "hyperpod", model, "full", *cluster)


def _recipe(technique: str, backend: str, model: str, adapter: str, *needs: Need) -> Capability:
    name = _PATHS[model]
    return Capability(technique, backend, model, _TWO, RECIPES_SOURCE, adapter, name, needs)


TECHNIQUES_OFFERED: Final = ("rft", "sft", "dpo", "distillation", "cpt")
CAPABILITIES: Final = tuple(
    sorted(
        (*_bedrock(), *_sagemaker(), *_recipes()),
        key=lambda one: TECHNIQUES_OFFERED.index(one.technique),
    )
)

BACKENDS: Final = tuple(dict.fromkeys(one.backend for one in CAPABILITIES))
ADAPTERS: Final = tuple(dict.fromkeys(one.adapter for one in CAPABILITIES))

# First word of a cross-region inference profile's id (Bedrock User Guide, "Supported Regions and models
# for inference profiles", 2026-11-23); a model's own id begins with its provider.
PROFILE_GEOGRAPHIES: Final = ("us", "us-gov", "eu", "jp", "au", "apac", "ca", "global")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a combination is not taken, and what comes nearest.

    Attributes:
        reason: A sentence without its full stop.
        nearest: The combination of the same technique that shares most; None for an unknown technique.
    """

    reason: str
    nearest: Capability | None

    def __str__(self) -> str:
        if self.nearest is None:
            return f"{self.reason}; techniques are {', '.join(TECHNIQUES_OFFERED)}"
        near = self.nearest
        works = f"{near.model} ({near.adapter}) on {near.backend}"
        return f"{self.reason}; the nearest that works is {works}"


def models_for(technique: str, backend: str, adapter: str | None = None) -> tuple[str, ...]:
    """The base models that a backend takes for a technique, with one adapter or with any."""
    found = (
        one.model
        for one in CAPABILITIES
        if (one.technique, one.backend) == (technique, backend) and adapter in (None, one.adapter)
    )
    return tuple(dict.fromkeys(found))


def capability(
    technique: str, backend: str, model: str, adapter: str | None = None
) -> Capability | Refusal:
    """The cell of a combination, or why there is none.

    Args:
        technique: Such as `rft`.
        backend: Such as `bedrock`.
        model: The base model, by Bedrock's id.
        adapter: `lora` or `full`; without one, the first that is offered.
    """
    known = [one for one in CAPABILITIES if one.technique == technique]
    for one in known:
        if (one.backend, one.model) == (backend, model) and adapter in (None, one.adapter):
            return one
    return Refusal(
        _why(technique, backend, model, adapter),
        max(known, key=lambda one: _shared(one, backend, model, adapter), default=None),
    )


def _shared(one: Capability, backend: str, model: str, adapter: str | None) -> tuple[int, int, int]:
    """How much a cell has in common: the model before the backend, the backend before the adapter."""
    return one.model == model, one.backend == backend, adapter in (None, one.adapter)


def _why(technique: str, backend: str, model: str, adapter: str | None) -> str:
    for name, given, known in (
        ("technique", technique, TECHNIQUES_OFFERED),
        ("backend", backend, BACKENDS),
    ):
        if given not in known:
            return f"{given} is not known as a {name}"
    for (asked_technique, asked_backend), reason in _NEVER.items():
        if asked_technique == technique and asked_backend in (None, backend):
            return reason
    if adapter == "full" and backend == "bedrock":
        return "Bedrock trains adapters alone (LoRA)"
    if technique == "dpo" and model == NOVA_2_LITE:
        return f"{model} takes no DPO: of the Nova models those of Nova 1 alone do"
    if technique == "rft" and model in _NOVA_1:
        return f"{model} takes no RFT: of the Nova models Nova 2 Lite alone does"
    kind = f" with {adapter}" if adapter else ""
    return f"{model} is not known to take {technique}{kind} on {backend}"


# Combinations that no model can mend; services.md says so.
_NEVER: Final[dict[tuple[str, str | None], str]] = {
    ("dpo", "bedrock"): "Bedrock has no DPO",
    ("dpo", "bedrock-openai"): "the OpenAI-compatible API has no DPO",
    ("sft", "bedrock-openai"): "the OpenAI-compatible API is known for RFT alone",
    (
        "cpt",
        "bedrock",
    ): "no model that Bedrock offers takes CONTINUED_PRE_TRAINING (Titan Text did)",
    ("cpt", "bedrock-openai"): "the OpenAI-compatible API is known for RFT alone",
    ("cpt", "sagemaker"): "CPT of Nova runs on HyperPod alone",
    (
        "cpt",
        "sagemaker-recipe",
    ): "CPT of Nova runs on HyperPod alone: training jobs have no image for it",
    ("distillation", "hyperpod"): "the distillation recipe runs as a training job, not on HyperPod",
    ("distillation", "sagemaker"): (
        "serverless customization has no distillation; `nova-rft data distil`, then sft, does the same"
    ),
    ("distillation", "bedrock-openai"): "the OpenAI-compatible API is known for RFT alone",
}
