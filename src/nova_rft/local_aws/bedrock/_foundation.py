"""Which foundation models and inference profiles there are: asked before a judge is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._protocol import Request, ServiceError
from nova_rft.spec import PROFILE_GEOGRAPHIES

# Providers whose models Bedrock offers (Bedrock User Guide, "Supported foundation models", 2026-11-23).
# Any model of theirs is taken for known: the scripted judge answers for all of them alike.
_PROVIDERS: Final = {
    *("ai21", "amazon", "anthropic", "cohere", "deepseek", "google", "luma", "meta", "minimax"),
    *(
        "mistral",
        "moonshot",
        "nvidia",
        "openai",
        "qwen",
        "stability",
        "twelvelabs",
        "writer",
        "zai",
    ),
}
_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _availability(asked: dict[str, Any], _: Request) -> Mapping[str, Any]:
    model = asked["modelId"]
    _known(model)
    return {
        "modelId": model,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }


def _profile(asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
    name = asked["inferenceProfileIdentifier"].rsplit("/", 1)[-1]
    geography, _, model = name.partition(".")
    if geography not in PROFILE_GEOGRAPHIES:
        raise ServiceError("ResourceNotFoundException", f"Inference profile {name} is not found.")
    _known(model)
    place = f"arn:aws:bedrock:{request.region}"
    return {
        "inferenceProfileName": name,
        "inferenceProfileId": name,
        "inferenceProfileArn": f"{place}:{DEFAULT_ACCOUNT_ID}:inference-profile/{name}",
        "models": [{"modelArn": f"{place}::foundation-model/{model}"}],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "createdAt": _SINCE,
        "updatedAt": _SINCE,
    }


def _known(model: str) -> None:
    if model.rsplit("/", 1)[-1].partition(".")[0] not in _PROVIDERS:
        raise ServiceError("ResourceNotFoundException", f"The model {model} is not found.")


MODEL_OPERATIONS: Final = {
    "GetFoundationModelAvailability": _availability,
    "GetInferenceProfile": _profile,
}
