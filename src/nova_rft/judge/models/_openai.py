"""A judge behind any OpenAI-compatible endpoint, through the openai package."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from nova_rft.errors import FormRefused, JudgeRefused, JudgeUnavailable, NovaRftError
from nova_rft.judge._request import Form, JudgeReply, JudgeRequest, Token, Usage
from nova_rft.judge.models._openai_key import ApiKey, Secret
from nova_rft.judge.models._text_form import read_object, text_answer, text_system
from nova_rft.spec import OpenAIJudge

_TOO_MANY: Final = 429
_PASSING: Final = frozenset((408, 409, 425, _TOO_MANY))
# What an endpoint says of a field that it does not know or does not take.
_BAD_REQUEST: Final = frozenset((400, 422, 501))
_TOP_TOKENS: Final = 20


class OpenAIModel:
    """A `JudgeModel` that calls chat completions; in each form, without retries of its own."""

    def __init__(self, spec: OpenAIJudge, secret: Secret | None = None) -> None:
        """Makes the client; the endpoint is not called yet.

        Args:
            spec: The endpoint, the model and how it is asked.
            secret: Gives the key that a secret holds, by its ARN.

        Raises:
            UsageError: there is no key: the environment variable is not set, and no secret named.
            AwsRefused: the secret may not be read.
        """
        # Late: the package takes 0.5 s to import and most rewards need none of it.
        import openai

        self._key = ApiKey(spec, secret)
        self._spec = spec
        self._openai = openai
        self._client = openai.OpenAI(
            base_url=spec.base_url, api_key=self._key, timeout=spec.timeout_s, max_retries=0
        )
        self.name = f"openai:{spec.base_url}#{spec.id}"
        self.concurrency = spec.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """One chat completion; see `JudgeModel.ask`.

        Raises:
            FormRefused: the endpoint does not take the request's form.
        """
        client: Any = self._client
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise JudgeUnavailable(f"{self.name}: no time left before the deadline")
            client = client.with_options(timeout=min(left, self._spec.timeout_s))
        try:
            completion = self._completion(client, request)
        except self._openai.APIConnectionError as error:
            raise JudgeUnavailable(f"{self.name}: {error}") from error
        except self._openai.APIStatusError as error:
            raise self._refusal(error, request) from error
        except (self._openai.OpenAIError, ValueError) as error:
            # ValueError: a text that is no Unicode, or a reply that is no JSON.
            raise JudgeRefused(f"{self.name}: {error}") from error
        try:
            return _reply(completion, request)
        except (AttributeError, TypeError) as error:
            raise JudgeRefused(
                f"{self.name}: the endpoint's reply is no chat completion; check its address"
            ) from error

    def _completion(self, client: Any, request: JudgeRequest) -> Any:
        """One completion; asked once more where the key was refused and the secret holds another."""
        asked = {"model": self._spec.id, **_settings(self._spec), **_chat(request)}
        key = self._key()
        try:
            return client.chat.completions.create(**asked)
        except self._openai.AuthenticationError as error:
            try:
                if not self._key.renewed(key):
                    raise
            except NovaRftError as unread:
                raise JudgeRefused(f"{self.name} refused its key, and {unread}") from error
        return client.chat.completions.create(**asked)

    def _refusal(self, error: Any, request: JudgeRequest) -> JudgeRefused | JudgeUnavailable:
        status, said = error.status_code, f"{self.name}: {error}"
        if status in _PASSING or (status >= 500 and status not in _BAD_REQUEST):
            return JudgeUnavailable(
                said,
                retry_after=_seconds(error.response.headers),
                throttled=status == _TOO_MANY,
            )
        if status in _BAD_REQUEST and request.form not in (Form.TEXT, Form.FREE):
            return FormRefused(said)
        return JudgeRefused(said)


def _settings(spec: OpenAIJudge) -> dict[str, Any]:
    if spec.reasoning_effort:
        # Models that reason take neither a temperature nor max_tokens.
        return {
            "reasoning_effort": spec.reasoning_effort,
            "max_completion_tokens": spec.max_tokens,
        }
    return {"max_tokens": spec.max_tokens, "temperature": spec.temperature}


def _chat(request: JudgeRequest) -> dict[str, Any]:
    tool = request.tool
    system = text_system(request) if request.form is Form.TEXT else request.system
    turns = [("system", system)] if system else []
    turns += [*request.history, ("user", request.user)]
    chat: dict[str, Any] = {"messages": [{"role": who, "content": said} for who, said in turns]}
    if request.form is Form.TOOL:
        function = {
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.schema),
        }
        chat["tools"] = [{"type": "function", "function": function}]
        chat["tool_choice"] = {"type": "function", "function": {"name": tool.name}}
    elif request.form is Form.JSON_SCHEMA:
        schema = {"name": tool.name, "schema": dict(tool.schema), "strict": True}
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.probabilities:
        chat |= {"logprobs": True, "top_logprobs": _TOP_TOKENS}
    return chat


def _reply(completion: Any, request: JudgeRequest) -> JudgeReply:
    usage = _usage(completion.usage)
    if not completion.choices:
        return JudgeReply(None, "", usage, "no_choice")
    choice = completion.choices[0]
    text = choice.message.content or ""
    return JudgeReply(
        call=_call(choice, text, request),
        text=text,
        usage=usage,
        stop_reason=str(choice.finish_reason),
        tokens=_tokens(choice) if request.probabilities else None,
    )


def _call(choice: Any, text: str, request: JudgeRequest) -> Any:
    if request.form is Form.FREE:
        return None
    if request.form is Form.TEXT:
        return text_answer(text, request.nonce)
    if request.form is Form.JSON_SCHEMA:
        return read_object(text)
    calls = [c for c in choice.message.tool_calls or () if c.function.name == request.tool.name]
    return read_object(calls[0].function.arguments) if len(calls) == 1 else None


def _usage(usage: Any) -> Usage:
    if not usage:
        return Usage()
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None) or 0
    # Here the prompt's tokens hold those read from the cache.
    return Usage(
        max(usage.prompt_tokens - cached, 0), usage.completion_tokens, cache_read_tokens=cached
    )


def _tokens(choice: Any) -> tuple[Token, ...] | None:
    content = getattr(getattr(choice, "logprobs", None), "content", None)
    if not content:
        return None
    return tuple(
        Token(
            each.token,
            {
                each.token: each.logprob,
                **{other.token: other.logprob for other in each.top_logprobs},
            },
        )
        for each in content
    )


def _seconds(headers: Mapping[str, str]) -> float:
    """What the endpoint asks to wait; 0 where it says nothing, or a date."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(float(headers.get(name, "")) / unit, 0.0)
        except ValueError:
            continue
    return 0.0
