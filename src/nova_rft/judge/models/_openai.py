"""A judge behind any OpenAI-compatible endpoint, through the openai package."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from nova_rft.errors import JudgeRefused, JudgeUnavailable, UsageError
from nova_rft.judge._request import JudgeReply, JudgeRequest, Usage
from nova_rft.spec import OpenAIJudge


class OpenAIModel:
    """A `JudgeModel` that calls chat completions with a forced function."""

    def __init__(self, spec: OpenAIJudge) -> None:
        """Makes the client; nothing is called yet.

        Raises:
            UsageError: the environment variable that should hold the key is not set.
        """
        # Late: the package takes 0.5 s to import and most rewards need none of it.
        import openai

        key = os.environ.get(spec.api_key_env)
        if not key:
            raise UsageError(
                f"{spec.base_url}: the environment variable {spec.api_key_env} is not set; "
                "set it to the endpoint's key (any text where the endpoint asks for none)"
            )
        self._spec = spec
        self._openai = openai
        self._client = openai.OpenAI(
            base_url=spec.base_url,
            api_key=key,
            timeout=spec.timeout_s,
            max_retries=spec.attempts - 1,
        )
        self.name = f"openai:{spec.base_url}#{spec.id}"
        self.concurrency = spec.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """One chat completion; see `JudgeModel.ask`."""
        client: Any = self._client
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise JudgeUnavailable(f"{self.name}: no time left before the deadline")
            client = client.with_options(timeout=min(left, self._spec.timeout_s))
        try:
            completion = client.chat.completions.create(
                model=self._spec.id,
                max_tokens=self._spec.max_tokens,
                temperature=self._spec.temperature,
                **_chat(request),
            )
        except (
            self._openai.APIConnectionError,
            self._openai.RateLimitError,
            self._openai.InternalServerError,
        ) as error:
            raise JudgeUnavailable(f"{self.name}: {error}") from error
        except (self._openai.OpenAIError, ValueError) as error:
            # ValueError: a text that is no Unicode, or a reply that is no JSON.
            raise JudgeRefused(f"{self.name}: {error}") from error
        try:
            return _reply(completion, request)
        except (AttributeError, TypeError) as error:
            raise JudgeRefused(
                f"{self.name}: the endpoint's reply is no chat completion; check its address"
            ) from error


def _chat(request: JudgeRequest) -> dict[str, Any]:
    tool = request.tool
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.schema),
    }
    return {
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.user},
        ],
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": tool.name}},
    }


def _reply(completion: Any, request: JudgeRequest) -> JudgeReply:
    usage = completion.usage
    tokens = Usage(usage.prompt_tokens, usage.completion_tokens) if usage else Usage()
    if not completion.choices:
        return JudgeReply(None, "", tokens, "no_choice")
    choice = completion.choices[0]
    calls = [c for c in choice.message.tool_calls or () if c.function.name == request.tool.name]
    return JudgeReply(
        call=_arguments(calls[0].function.arguments) if len(calls) == 1 else None,
        text=choice.message.content or "",
        usage=tokens,
        stop_reason=str(choice.finish_reason),
    )


def _arguments(text: str) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
