"""A judge on Bedrock, called by Converse with a forced tool."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions as botocore

from nova_rft.aws.errors import translate
from nova_rft.aws.session import Aws
from nova_rft.errors import JudgeRefused, JudgeUnavailable
from nova_rft.judge import JudgeReply, JudgeRequest, Usage
from nova_rft.spec import BedrockJudge

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import InferenceConfigurationTypeDef

# Asking again can help; everything else that Bedrock answers is final (services.md, Converse).
_PASSING: Final = {
    "ThrottlingException",
    "ModelTimeoutException",
    "InternalServerException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "ModelErrorException",
}


class BedrockModel:
    """A `JudgeModel` over Converse."""

    def __init__(self, spec: BedrockJudge, aws: Aws) -> None:
        self._id = spec.id
        self._inference: InferenceConfigurationTypeDef = {
            "maxTokens": spec.max_tokens,
            "temperature": spec.temperature,
        }
        self._client: BedrockRuntimeClient = aws.judge_client(
            connections=spec.concurrency, timeout_s=spec.timeout_s, attempts=spec.attempts
        )
        self.name = f"bedrock:{spec.id}"
        self.concurrency = spec.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """One Converse call; see `JudgeModel.ask`."""
        if deadline is not None and time.monotonic() >= deadline:
            raise JudgeUnavailable(f"{self.name}: no time left before the deadline")
        try:
            response = self._client.converse(
                modelId=self._id, inferenceConfig=self._inference, **_converse(request)
            )
        except botocore.ClientError as error:
            refused = translate(error)
            kind = JudgeUnavailable if refused.code in _PASSING else JudgeRefused
            raise kind(f"{self.name}: {refused}") from error
        except (botocore.HTTPClientError, botocore.ConnectionError) as error:
            raise JudgeUnavailable(f"{self.name}: {error}") from error
        except botocore.BotoCoreError as error:
            raise JudgeRefused(f"{self.name}: {error}") from error
        return _reply(response, request)


def _converse(request: JudgeRequest) -> dict[str, Any]:
    tool = request.tool
    specification = {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": {"json": dict(tool.schema)},
    }
    return {
        "system": [{"text": request.system}],
        "messages": [{"role": "user", "content": [{"text": request.user}]}],
        "toolConfig": {
            "tools": [{"toolSpec": specification}],
            "toolChoice": {"tool": {"name": tool.name}},
        },
    }


def _reply(response: Any, request: JudgeRequest) -> JudgeReply:
    blocks = response.get("output", {}).get("message", {}).get("content", [])
    calls = [
        block["toolUse"]["input"]
        for block in blocks
        if block.get("toolUse", {}).get("name") == request.tool.name
    ]
    usage = response.get("usage", {})
    return JudgeReply(
        call=calls[0] if len(calls) == 1 else None,
        text="".join(block.get("text", "") for block in blocks),
        usage=Usage(usage.get("inputTokens", 0), usage.get("outputTokens", 0)),
        stop_reason=response.get("stopReason", ""),
    )
