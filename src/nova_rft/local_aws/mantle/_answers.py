"""Models and what they answer: the scripted model for all of them, and it says so."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from nova_rft.data import MalformedMessages, Message, read_messages
from nova_rft.judge import JudgeReply, ScriptedModel, free_question
from nova_rft.local_aws._protocol import Response
from nova_rft.local_aws.mantle._jobs import BASE_MODELS
from nova_rft.local_aws.mantle._wire import Asked, Refused, answer

# Asked for by these, an answer would have to be in a form that the scripted model does not know.
_FORMS: Final = ("response_format", "text", "tools", "functions", "stream")
_MOST_CHOICES: Final = 16


class Answers:
    """Models, chat completions and responses."""

    def __init__(self, made: Callable[[], Mapping[str, int]], policy: str) -> None:
        """Takes what lists the models that jobs made, and the policy that played them in training."""
        self._made = made
        self._policy = policy
        self._since = int(time.time())

    def models(self, asked: Asked) -> Response:
        """The base models, and what jobs made of them."""
        return answer({"object": "list", "data": [*self._models().values()]})

    def retrieve(self, asked: Asked) -> Response:
        """One model."""
        return answer(self._model(asked.identifier))

    def chat(self, asked: Asked) -> Response:
        """A chat completion; each of its `n` choices is a sample of its own."""
        model = self._model(asked.body.get("model"))["id"]
        _check_form(asked.body)
        count = asked.body.get("n") or 1
        if not isinstance(count, int) or not 1 <= count <= _MOST_CHOICES:
            raise Refused(400, f"n must be a whole number from 1 to {_MOST_CHOICES}", param="n")
        turns = _turns(asked.body.get("messages"), "messages")
        replies = [_reply(turns, sample, "messages") for sample in range(count)]
        return answer(
            {
                "id": f"chatcmpl-{uuid.uuid4()}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": model,
                "choices": [
                    {
                        "index": index,
                        "message": {"role": "assistant", "content": reply.text, "refusal": None},
                        "finish_reason": "stop",
                        "logprobs": None,
                    }
                    for index, reply in enumerate(replies)
                ],
                "usage": _usage(replies, "prompt_tokens", "completion_tokens"),
            }
        )

    def response(self, asked: Asked) -> Response:
        """A response of the Responses API."""
        model = self._model(asked.body.get("model"))["id"]
        _check_form(asked.body)
        instructions, given = asked.body.get("instructions"), asked.body.get("input")
        if isinstance(given, str):
            given = [{"role": "user", "content": given}]
        turns = _turns(given, "input")
        if instructions:
            turns = [Message("system", str(instructions)), *turns]
        reply = _reply(turns, 0, "input")
        text = {"type": "output_text", "text": reply.text, "annotations": []}
        usage = _usage([reply], "input_tokens", "output_tokens")
        return answer(
            {
                "id": f"resp_{uuid.uuid4().hex}",
                "object": "response",
                "created_at": int(time.time()),
                "status": "completed",
                "error": None,
                "incomplete_details": None,
                "instructions": instructions,
                "metadata": asked.body.get("metadata") or {},
                "model": model,
                "output": [
                    {
                        "type": "message",
                        "id": f"msg_{uuid.uuid4().hex}",
                        "status": "completed",
                        "role": "assistant",
                        "content": [text],
                    }
                ],
                "parallel_tool_calls": True,
                "tool_choice": "auto",
                "tools": [],
                "usage": usage
                | {
                    "input_tokens_details": {"cached_tokens": 0},
                    "output_tokens_details": {"reasoning_tokens": 0},
                },
            }
        )

    def _models(self) -> dict[str, dict[str, Any]]:
        known = {name: _model(name, self._since, name.partition(".")[0]) for name in BASE_MODELS}
        # Nothing but the policy was there to be trained: whoever looks at a model must see that.
        owner = f"nova-rft:policy={self._policy}"
        return known | {name: _model(name, made, owner) for name, made in self._made().items()}

    def _model(self, name: object) -> dict[str, Any]:
        model = self._models().get(name) if isinstance(name, str) else None
        if model is None:
            raise Refused(
                404, f"The model {name!r} does not exist", code="model_not_found", param="model"
            )
        return model


def _model(name: str, created: int, owner: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": owner}


def _check_form(body: Mapping[str, Any]) -> None:
    """Refuses what asks for another answer than a whole one in plain text."""
    for name in _FORMS:
        if body.get(name) and not _is_plain(body[name]):
            what = f"the embedded AWS answers whole and in plain text; leave out {name}"
            raise Refused(400, what, param=name)


def _is_plain(value: Any) -> bool:
    """Whether a form that is asked for is plain text after all, in either API's way to say so."""
    form = value.get("format", value) if isinstance(value, dict) else None
    return isinstance(form, dict) and form.get("type") == "text"


def _turns(value: Any, param: str) -> list[Message]:
    try:
        return [*read_messages(value)]
    except MalformedMessages as error:
        path = error.path.replace("messages", param, 1)
        raise Refused(400, f"Invalid value for '{path}': {error}", param=path) from None


def _reply(turns: Iterable[Message], sample: int, param: str) -> JudgeReply:
    try:
        return ScriptedModel().ask(free_question([*turns], sample=sample))
    except ValueError as error:
        raise Refused(400, str(error), param=param) from None


def _usage(replies: list[JudgeReply], into: str, out: str) -> dict[str, Any]:
    # A prompt is read once, however many answers there are.
    read = replies[0].usage.input_tokens
    said = sum(reply.usage.output_tokens for reply in replies)
    return {into: read, out: said, "total_tokens": read + said}
