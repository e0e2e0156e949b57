"""The evaluator in SageMaker's hub: a document that names the reward Lambda for serverless jobs.

Source: what `sagemaker` SDK 3.27.0 makes of an evaluator (`ai_registry`). The keywords are what Studio
finds evaluators by.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from nova_rft.errors import UsageError

_SUBTYPE: Final = "AWS/Evaluator"
_SCHEMA: Final = "2.0.0"
# Each of the three numbers of a version has four digits at most.
_NUMBERS: Final = 10_000


def evaluator_version(reward_version_arn: str) -> str:
    """The evaluator's version for a published version of the reward Lambda: 0.0.3 for its third.

    Raises:
        UsageError: the ARN names no published version.
    """
    version = reward_version_arn.rsplit(":", 1)[-1]
    if not version.isdecimal() or int(version) >= _NUMBERS**2:
        raise UsageError(
            f"{reward_version_arn} names no published version of the reward Lambda; run "
            "nova-rft deploy, which publishes one"
        )
    return f"0.{int(version) // _NUMBERS}.{int(version) % _NUMBERS}"


def evaluator_request(
    hub_name: str,
    name: str,
    version: str,
    reward_version_arn: str,
    *,
    kind: Literal["RewardFunction", "RewardPrompt"] = "RewardFunction",
) -> dict[str, Any]:
    """Parameters of `ImportHubContent`.

    Args:
        hub_name: The hub.
        name: The evaluator's name.
        version: Its version, such as 0.0.3; the service takes each once.
        reward_version_arn: What it refers to: the Lambda's ARN, or a prompt's `s3://` address.
        kind: Whether that is a function or, for RLAIF, a prompt.
    """
    content = json.dumps({"Reference": reward_version_arn, "EvaluatorType": kind})
    keywords = [f"@subtype:{_SUBTYPE.lower()}", f"@evaluatortype:{kind.lower()}"]
    if kind == "RewardFunction":
        keywords += ["method:lambda", "@contenttype:byolambda"]
    return {
        "HubName": hub_name,
        "HubContentName": name,
        "HubContentType": "JsonDoc",
        "HubContentVersion": version,
        "DocumentSchemaVersion": _SCHEMA,
        "HubContentDocument": json.dumps({"SubType": _SUBTYPE, "JsonContent": content}),
        "HubContentSearchKeywords": keywords,
    }
