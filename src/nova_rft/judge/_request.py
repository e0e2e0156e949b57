"""What a judge model is: a request in, a reply and its usage out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Form(StrEnum):
    """In which form a model is asked for the one JSON object of its answer; free: for none."""

    TOOL = "tool"
    JSON_SCHEMA = "json_schema"
    TEXT = "text"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Tool:
    """What the judge must answer: one JSON object, as the input of one call of this tool.

    Attributes:
        name: Letters, digits, `_` and `-`, at most 64 characters.
        description: What the call means, for the model.
        schema: JSON Schema (an object) of the call's input; it has a `nonce`, a string.
    """

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """One question to a model, most often a judge's.

    Attributes:
        system: The constant part, equal for all rollouts of a term, so that services can cache it.
        user: The part that differs: prompt, reference, the quoted response.
        nonce: What the answer must carry to be an answer to this question.
        tool: The answer that is asked for.
        sample: Which of several readings of the same question this is; each is a judgement of its own.
        form: The form of the answer.
        probabilities: Whether the probabilities of the answer's tokens are asked for.
        history: Turns before `user`, as role (user or assistant) and text; judges have none.
    """

    system: str
    user: str
    nonce: str
    tool: Tool
    sample: int = 0
    form: Form = Form.TOOL
    probabilities: bool = False
    history: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call was billed for; those of the prompt cache are not among the input tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
        )


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a reply's text.

    Attributes:
        text: As it stands in the text.
        alternatives: Log-probabilities (natural) of tokens that could have stood here, itself among
            them where the model names it.
    """

    text: str
    alternatives: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """A judge model's answer, not yet read.

    Attributes:
        call: The JSON object of the answer, whatever the form, or None if there was none.
        text: Whatever plain text came beside it, or the text that held it.
        usage: Tokens billed; none where the reply was kept from an earlier call.
        stop_reason: The service's word for why the model stopped.
        tokens: Of `text`, where probabilities were asked for and the model gave them.
    """

    call: Any
    text: str
    usage: Usage
    stop_reason: str
    tokens: Sequence[Token] | None = None


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
            BudgetSpent: there is no money left to ask.
        """
        ...
