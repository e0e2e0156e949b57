"""Converse, answered by the scripted judge: the same code as `--judge scripted`, and it says so."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from nova_rft.judge import JudgeRequest, ScriptedModel, Tool, read_fenced
from nova_rft.local_aws._protocol import Request, RestJsonService, ServiceError


def converse_service() -> RestJsonService:
    """bedrock-runtime, as far as judges need it."""
    return RestJsonService("bedrock-runtime", {"Converse": _converse})


def _converse(asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
    started = time.monotonic()
    question = _judge_request(asked)
    reply = ScriptedModel().ask(question)
    usage = reply.usage
    call = {
        "toolUseId": f"tooluse_{secrets.token_urlsafe(16)}",
        "name": question.tool.name,
        "input": reply.call,
    }
    content = [{"text": reply.text}, {"toolUse": call}]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reply.stop_reason,
        "usage": {
            "inputTokens": usage.input_tokens,
            "outputTokens": usage.output_tokens,
            "totalTokens": usage.input_tokens + usage.output_tokens,
        },
        "metrics": {"latencyMs": round((time.monotonic() - started) * 1000)},
    }


def _judge_request(asked: Mapping[str, Any]) -> JudgeRequest:
    """The judge's question in a Converse request.

    Raises:
        ServiceError: it is none, and the scripted judge answers nothing else.
    """
    messages = asked.get("messages") or [{"role": ""}]
    if messages[-1]["role"] != "user":
        raise ServiceError("ValidationException", "A conversation must end with a user message.")
    try:
        user = _text(messages[-1]["content"])
        return JudgeRequest(
            system=_text(asked.get("system", ())),
            user=user,
            nonce=read_fenced(user)[0],
            tool=_forced_tool(asked["toolConfig"]),
        )
    except (KeyError, IndexError, TypeError, StopIteration):
        raise ServiceError(
            "ValidationException",
            "the embedded Converse answers rubric judgements alone (a forced tool with verdicts); "
            "for anything else put a real model behind it: --judge openai:URL#MODEL",
        ) from None


def _text(blocks: Iterable[Mapping[str, Any]]) -> str:
    return "".join(block.get("text", "") for block in blocks)


def _forced_tool(config: Mapping[str, Any]) -> Tool:
    """The tool that the request forces; one of its tools, with a rubric's schema."""
    name = config["toolChoice"]["tool"]["name"]
    tools = (tool["toolSpec"] for tool in config["tools"])
    forced = next(tool for tool in tools if tool["name"] == name)
    schema = forced["inputSchema"]["json"]
    schema["properties"]["verdicts"]["items"]["properties"]["criterion"]["enum"]
    return Tool(name, forced.get("description", ""), schema)
