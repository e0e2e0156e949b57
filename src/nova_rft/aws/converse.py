"""A judge on Bedrock, called by Converse: a forced tool, JSON-schema output, or plain text."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions as botocore

from nova_rft.aws.errors import translate
from nova_rft.aws.session import Aws
from nova_rft.errors import FormRefused, JudgeRefused, JudgeUnavailable
from nova_rft.judge import Form, JudgeReply, JudgeRequest, Usage
from nova_rft.judge.models import read_object, text_answer, text_system
from nova_rft.spec import BedrockJudge

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

# Nothing but text is asked for.
_PLAIN: Final = (Form.TEXT, Form.FREE)
_THROTTLED: Final = "ThrottlingException"
# Asking again can help; everything else that Bedrock answers is final (services.md, Converse).
_PASSING: Final = {
    _THROTTLED,
    "ModelTimeoutException",
    "InternalServerException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "ModelErrorException",
}
# An estimate, and a low one: a cache point that comes too early is ignored, not refused.
_CHARACTERS_A_TOKEN: Final = 4


class BedrockModel:
    """A `JudgeModel` over Converse; in each form, without retries of its own."""

    def __init__(self, spec: BedrockJudge, aws: Aws) -> None:
        self._spec = spec
        self._client: BedrockRuntimeClient = aws.judge_client(
            connections=spec.concurrency, timeout_s=spec.timeout_s
        )
        self.name = f"bedrock:{spec.id}"
        self.concurrency = spec.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """One Converse call; see `JudgeModel.ask`.

        Raises:
            FormRefused: Bedrock does not take the request's form for this model, or not the request.
        """
        if deadline is not None and time.monotonic() >= deadline:
            raise JudgeUnavailable(f"{self.name}: no time left before the deadline")
        try:
            body = converse_body(self._spec, request, cache=True)
            response = self._client.converse(modelId=self._spec.id, **body)
        except botocore.ClientError as error:
            refused = translate(error)
            said = f"{self.name}: {refused}"
            raise refusal(refused.code, said, request.form) from error
        except (botocore.HTTPClientError, botocore.ConnectionError) as error:
            raise JudgeUnavailable(f"{self.name}: {error}") from error
        except botocore.BotoCoreError as error:
            raise JudgeRefused(f"{self.name}: {error}") from error
        return read_reply(response, request)


def converse_body(spec: BedrockJudge, request: JudgeRequest, *, cache: bool) -> dict[str, Any]:
    """A question as Converse takes it, without the model's id.

    Args:
        spec: The judge.
        request: The question.
        cache: Whether a cache point may be set; batches know none.
    """
    text = text_system(request) if request.form is Form.TEXT else request.system
    system: list[dict[str, Any]] = [{"text": text}] if text else []
    if cache and _is_cached(spec, text):
        system.append({"cachePoint": {"type": "default"}})
    turns = (*request.history, ("user", request.user))
    return {
        **_settings(spec),
        **({"system": system} if system else {}),
        "messages": [{"role": who, "content": [{"text": said}]} for who, said in turns],
        **_form(request),
    }


def refusal(code: str, said: str, form: Form) -> JudgeRefused | JudgeUnavailable:
    """What an error of Converse means for a question in that form."""
    if code in _PASSING:
        return JudgeUnavailable(said, throttled=code == _THROTTLED)
    if code == "ValidationException" and form not in _PLAIN:
        return FormRefused(said)
    return JudgeRefused(said)


def _is_cached(spec: BedrockJudge, prefix: str) -> bool:
    if spec.prompt_cache != "auto":
        return spec.prompt_cache == "on"
    least = spec.family.cache_tokens
    return least is not None and len(prefix) >= least * _CHARACTERS_A_TOKEN


def _settings(spec: BedrockJudge) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "inferenceConfig": {"maxTokens": spec.max_tokens, "temperature": spec.temperature}
    }
    if not spec.reasoning_effort:
        return settings
    if spec.family.effort == "reasoningConfig":
        settings["additionalModelRequestFields"] = {
            "reasoningConfig": {"type": "enabled", "maxReasoningEffort": spec.reasoning_effort}
        }
        if spec.reasoning_effort == "high":
            # Nova 2 refuses every bound beside it.
            del settings["inferenceConfig"]
    else:
        settings["additionalModelRequestFields"] = {"reasoning_effort": spec.reasoning_effort}
    return settings


def _form(request: JudgeRequest) -> dict[str, Any]:
    tool = request.tool
    if request.form in _PLAIN:
        return {}
    if request.form is Form.JSON_SCHEMA:
        schema = {
            "schema": json.dumps(tool.schema),
            "name": tool.name,
            "description": tool.description,
        }
        output = {"type": "json_schema", "structure": {"jsonSchema": schema}}
        return {"outputConfig": {"textFormat": output}}
    specification = {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": {"json": dict(tool.schema)},
    }
    return {
        "toolConfig": {
            "tools": [{"toolSpec": specification}],
            "toolChoice": {"tool": {"name": tool.name}},
        }
    }


def read_reply(response: Any, request: JudgeRequest) -> JudgeReply:
    """What Converse answered to a question, not yet read by its judge."""
    blocks = response.get("output", {}).get("message", {}).get("content", [])
    text = "".join(block.get("text", "") for block in blocks)
    usage = response.get("usage", {})
    return JudgeReply(
        call=_call(blocks, text, request),
        text=text,
        usage=Usage(
            usage.get("inputTokens", 0),
            usage.get("outputTokens", 0),
            usage.get("cacheReadInputTokens", 0),
            usage.get("cacheWriteInputTokens", 0),
        ),
        stop_reason=response.get("stopReason", ""),
    )


def _call(blocks: Any, text: str, request: JudgeRequest) -> Any:
    if request.form is Form.FREE:
        return None
    if request.form is Form.TEXT:
        return text_answer(text, request.nonce)
    if request.form is Form.JSON_SCHEMA:
        return read_object(text)
    calls = [
        block["toolUse"]["input"]
        for block in blocks
        if block.get("toolUse", {}).get("name") == request.tool.name
    ]
    return calls[0] if len(calls) == 1 else None
