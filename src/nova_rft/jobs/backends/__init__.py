"""Backends: one protocol over Bedrock, its OpenAI-compatible API, SageMaker and HyperPod."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError
from nova_rft.jobs.backends._backend import Backend, Order, Wanted
from nova_rft.jobs.backends._bedrock import BedrockBackend
from nova_rft.jobs.backends._hyperpod import Plan, plan, recipe_uri
from nova_rft.jobs.backends._open_weight import OpenWeightBackend
from nova_rft.jobs.backends._sagemaker import RecipeBackend, SageMakerBackend

_BACKENDS: Final[dict[str, Callable[[Aws], Backend]]] = {
    "bedrock": BedrockBackend,
    "bedrock-openai": OpenWeightBackend,
    "sagemaker": SageMakerBackend,
    "sagemaker-recipe": RecipeBackend,
}


def backend_of(name: str, aws: Aws) -> Backend:
    """The backend that a spec names.

    Raises:
        UsageError: its jobs cannot be reached from here (hyperpod).
    """
    if name not in _BACKENDS:
        raise UsageError(
            f"jobs on {name} run on a cluster of yours; ask it: hyperpod list-jobs, "
            "hyperpod get-job --job-name NAME"
        )
    return _BACKENDS[name](aws)


__all__ = ["Backend", "Order", "Plan", "Wanted", "backend_of", "plan", "recipe_uri"]
