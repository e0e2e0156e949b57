"""What a judge model is: a request in, a reply and its usage out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Tool:
    """The form in which the judge must answer: one call of this tool.

    Attributes:
        name: Letters, digits, `_` and `-`, at most 64 characters; bound to one request.
        description: What the call means, for the model.
        schema: JSON Schema (an object) of the call's input.
    """

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """One question to a judge model.

    Attributes:
        system: The constant part, equal for all rollouts of a term, so that services can cache it.
        user: The part that differs: prompt, reference, the quoted response.
        tool: The form of the answer.
        max_tokens: Bound on the reply; Bedrock reserves it against the token quota.
        temperature: 0 to 1.
    """

    system: str
    user: str
    tool: Tool
    max_tokens: int = 1024
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call was billed for."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens
        )


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """A judge model's answer, not yet read.

    Attributes:
        call: The input of the tool call with the request's tool name, or None if there was none.
        text: Whatever plain text came beside it.
        usage: Tokens billed.
        stop_reason: The service's word for why the model stopped.
    """

    call: Any
    text: str
    usage: Usage
    stop_reason: str


class JudgeModel(Protocol):
    """Anything that answers a `JudgeRequest`; must be safe to call from several threads."""

    @property
    def name(self) -> str:
        """A short name for reports, such as `bedrock:amazon.nova-pro-v1:0`."""
        ...

    @property
    def concurrency(self) -> int:
        """How many requests may be in flight at once."""
        ...

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """Answers one request.

        Args:
            request: The question.
            deadline: `time.monotonic()` value after which no answer is of use.

        Raises:
            JudgeUnavailable: no answer in time, throttled, or the service failed.
            JudgeRefused: the service will never answer this request.
        """
        ...
