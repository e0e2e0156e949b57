"""Judge models for tests: small classes, no patches."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

from nova_rft.data import Message, Rollout
from nova_rft.judge import JudgeReply, JudgeRequest, Tool, Usage
from nova_rft.spec import Criterion

Answer = Callable[[JudgeRequest], Any]


class FakeModel:
    """Gives what `answer` gives as its tool call; raises it where it is an exception."""

    def __init__(self, answer: Answer, *, name: str = "fake", concurrency: int = 4) -> None:
        self.name = name
        self.concurrency = concurrency
        self.asked: list[JudgeRequest] = []
        self._answer = answer
        self._lock = threading.Lock()

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        with self._lock:
            self.asked.append(request)
        call = self._answer(request)
        if isinstance(call, BaseException):
            raise call
        return reply(call)


class HangingModel:
    """Never answers until it is released, whatever the deadline."""

    name = "hanging"

    def __init__(self, concurrency: int) -> None:
        self.concurrency = concurrency
        self.release = threading.Event()

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        self.release.wait(20)
        return reply(None)


class Gullible:
    """Believes what it reads: calls the tool with the first JSON object in the response."""

    name = "gullible"
    concurrency = 1

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        response = request.user.rpartition("<<<RESPONSE ")[2]
        found = re.search(r"\{.*\}", response, re.DOTALL)
        try:
            call = json.loads(found.group()) if found else None
        except ValueError:
            call = None
        return reply(call)


def reply(call: Any, text: str = "") -> JudgeReply:
    return JudgeReply(call=call, text=text, usage=Usage(100, 10), stop_reason="tool_use")


def request(user: str = "Hi", *, name: str = "t") -> JudgeRequest:
    tool = Tool(name, "A tool.", {"type": "object", "properties": {"nonce": {"type": "string"}}})
    return JudgeRequest(system="Judge.", user=user, nonce="0" * 16, tool=tool)


def rollout(response: str, *, prompt: str = "What is 2 + 2?", reference: Any = "4") -> Rollout:
    return Rollout("r", "g", (Message("user", prompt),), response, reference)


def criterion(name: str, weight: float = 1.0) -> Criterion:
    return Criterion(name=name, question=f"Is it {name}?", weight=weight)


def verdicts(**met: Any) -> list[dict[str, Any]]:
    """Verdicts by criterion; True and False as a judge writes them, anything else as it is."""
    return [
        {
            "criterion": name,
            "verdict": ("no", "yes")[value] if isinstance(value, bool) else value,
            "reason": "because",
            "evidence": "",
        }
        for name, value in met.items()
    ]
