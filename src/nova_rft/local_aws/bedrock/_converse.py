"""Converse, answered by the scripted model: the same code as `--judge scripted`, and it says so."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from nova_rft.data import Message
from nova_rft.errors import JudgeRefused
from nova_rft.judge import (
    Form,
    JudgeReply,
    JudgeRequest,
    ScriptedModel,
    Tool,
    free_question,
    read_fenced,
)
from nova_rft.judge.models import schema_in
from nova_rft.local_aws._protocol import Gate, Request, RestJsonService, ServiceError
from nova_rft.local_aws.bedrock._names import DEPLOYMENT

CheckServing = Callable[[str, str], None]
_NO_JUDGEMENT: Final = ServiceError(
    "ValidationException",
    "the embedded Converse answers the questions of judges alone; for anything else put a real model "
    "behind it: --judge openai:URL#MODEL",
)


def converse_service(gate: Gate, check_serving: CheckServing) -> RestJsonService:
    """bedrock-runtime, as far as judges and custom models need it.

    Args:
        gate: May refuse a call.
        check_serving: Refuses a deployment, by ARN and region, that cannot answer.
    """

    def converse(asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        if f":{DEPLOYMENT}/" in asked["modelId"]:
            check_serving(asked["modelId"], request.region)
        return answer_converse(asked)

    return RestJsonService("bedrock-runtime", {"Converse": converse}, gate)


def answer_converse(asked: dict[str, Any]) -> Mapping[str, Any]:
    """What Converse answers to one request.

    Raises:
        ServiceError: it is one that the scripted judge has no answer to.
    """
    started = time.monotonic()
    question = _judge_request(asked)
    try:
        reply = ScriptedModel().ask(question)
    except (JudgeRefused, KeyError, IndexError, TypeError):
        raise _NO_JUDGEMENT from None
    usage = reply.usage
    return {
        "output": {"message": {"role": "assistant", "content": _content(question, reply)}},
        "stopReason": "tool_use" if question.form is Form.TOOL else "end_turn",
        "usage": {
            "inputTokens": usage.input_tokens,
            "outputTokens": usage.output_tokens,
            "totalTokens": usage.input_tokens + usage.output_tokens,
        },
        "metrics": {"latencyMs": round((time.monotonic() - started) * 1000)},
    }


def _content(question: JudgeRequest, reply: JudgeReply) -> list[dict[str, Any]]:
    """The answer in the form that was asked for."""
    answer = json.dumps(reply.call)
    if question.form is Form.FREE:
        return [{"text": reply.text}]
    if question.form is Form.JSON_SCHEMA:
        return [{"text": answer}]
    if question.form is Form.TEXT:
        nonce = question.nonce
        lines = f"<<<ANSWER {nonce}>>>\n{answer}\n<<<END ANSWER {nonce}>>>"
        return [{"text": f"{reply.text}\n{lines}"}]
    call = {
        "toolUseId": f"tooluse_{secrets.token_urlsafe(16)}",
        "name": question.tool.name,
        "input": reply.call,
    }
    return [{"text": reply.text}, {"toolUse": call}]


def _judge_request(asked: Mapping[str, Any]) -> JudgeRequest:
    """The judge's question in a Converse request.

    Raises:
        ServiceError: it is none, and the scripted judge answers nothing else.
    """
    messages = asked.get("messages") or [{"role": ""}]
    if messages[-1]["role"] != "user":
        raise ServiceError("ValidationException", "A conversation must end with a user message.")
    try:
        user, system = _text(messages[-1]["content"]), _text(asked.get("system", ()))
        form, tool = _wanted(asked, system)
        if form is Form.TEXT and not tool.schema:
            return free_question(_conversation(asked, system))
        return JudgeRequest(system, user, read_fenced(user)[0], tool, form=form)
    except (KeyError, IndexError, TypeError, ValueError, StopIteration):
        raise _NO_JUDGEMENT from None


def _conversation(asked: Mapping[str, Any], system: str) -> list[Message]:
    """A question that is no judge's: for the scripted model to say something to."""
    turns = [Message(turn["role"], _text(turn["content"])) for turn in asked["messages"]]
    return [Message("system", system), *turns] if system else turns


def _text(blocks: Iterable[Mapping[str, Any]]) -> str:
    return "".join(block.get("text", "") for block in blocks)


def _wanted(asked: Mapping[str, Any], system: str) -> tuple[Form, Tool]:
    """The form of the answer and its schema: a forced tool, JSON-schema output, or plain text."""
    if "toolConfig" in asked:
        config = asked["toolConfig"]
        name = config["toolChoice"]["tool"]["name"]
        tools = (tool["toolSpec"] for tool in config["tools"])
        forced = next(tool for tool in tools if tool["name"] == name)
        schema = forced["inputSchema"]["json"]
        return Form.TOOL, Tool(name, forced.get("description", ""), schema)
    if "outputConfig" in asked:
        output = asked["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
        return Form.JSON_SCHEMA, Tool(output.get("name", ""), "", json.loads(output["schema"]))
    return Form.TEXT, Tool("", "", schema_in(system) or {})
