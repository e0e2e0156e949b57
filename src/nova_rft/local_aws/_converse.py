"""Converse, answered by the scripted judge: the same code as `--judge scripted`, and it says so."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from nova_rft.judge import JudgeRequest, ScriptedModel, Tool
from nova_rft.local_aws._protocol import Request, RestJsonService, ServiceError


def converse_service() -> RestJsonService:
    """bedrock-runtime, as far as judges need it."""
    return RestJsonService("bedrock-runtime", {"Converse": _converse})


def _converse(asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
    reply = ScriptedModel().ask(_judge_request(asked))
    usage = reply.usage
    use = {"toolUseId": f"tooluse_{uuid.uuid4().hex[:22]}", "input": reply.call}
    use["name"] = asked["toolConfig"]["tools"][0]["toolSpec"]["name"]
    content = [{"text": reply.text}, {"toolUse": use}]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reply.stop_reason,
        "usage": {
            "inputTokens": usage.input_tokens,
            "outputTokens": usage.output_tokens,
            "totalTokens": usage.input_tokens + usage.output_tokens,
        },
        "metrics": {"latencyMs": 0},
    }


def _judge_request(asked: Mapping[str, Any]) -> JudgeRequest:
    """The judge's question in a Converse request.

    Raises:
        ServiceError: it is none, and the scripted judge answers nothing else.
    """
    try:
        specification = asked["toolConfig"]["tools"][0]["toolSpec"]
        schema = specification["inputSchema"]["json"]
        schema["properties"]["verdicts"]["items"]["properties"]["criterion"]["enum"]
        return JudgeRequest(
            system="".join(block.get("text", "") for block in asked.get("system", ())),
            user="".join(block.get("text", "") for block in asked["messages"][-1]["content"]),
            tool=Tool(specification["name"], specification.get("description", ""), schema),
        )
    except (KeyError, IndexError, TypeError):
        raise ServiceError(
            "ValidationException",
            "the embedded Converse answers rubric judgements alone (a forced tool with verdicts); "
            "for anything else put a real model behind it: --judge openai:URL#MODEL",
        ) from None
