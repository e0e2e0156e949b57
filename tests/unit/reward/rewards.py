"""Rewards, rollouts and terms for tests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from nova_rft.data import Message, Rollout
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest, ScriptedModel, Usage
from nova_rft.judge._fence import read_fenced
from nova_rft.judge.models import MemoryPurse
from nova_rft.reward import JudgeModels, Models, RewardFunction, Scored
from nova_rft.spec import JudgeModelSpec, RewardSpec

MATH = {"name": "math", "type": "math"}
LONG = {"name": "long", "type": "soft_overlong", "max_length": 10, "buffer": 5}
REPEATED = {"name": "repeated", "type": "repetition"}
STYLE = {
    "name": "style",
    "type": "rubric",
    "model": {"provider": "scripted"},
    "criteria": [{"name": "short", "question": "Is it short?"}],
}


def reward(
    *terms: dict[str, Any], judge: JudgeModel | None = None, **settings: Any
) -> RewardFunction:
    """A reward of some terms; every judge term gets the same model."""
    settings.setdefault("range", [-10, 10])
    spec = RewardSpec.model_validate({"terms": list(terms), **settings})
    return RewardFunction(
        spec, JudgeModels(spec, _always(judge or ScriptedModel()), purse=MemoryPurse())
    )


def models(spec: RewardSpec, bare: Models) -> JudgeModels:
    return JudgeModels(spec, bare, purse=MemoryPurse())


def _always(model: JudgeModel) -> Callable[[JudgeModelSpec], JudgeModel]:
    return lambda _: model


def rollout(
    response: str = "A: 4",
    reference: Any = "4",
    *,
    id: str = "r",
    group: str = "g",
    prompt: str = "What is 2 + 2?",
) -> Rollout:
    return Rollout(id, group, (Message("user", prompt),), response, reference)


def item(response: str = "A: 4", *, id: Any = "r", prompt: str = "2 + 2?", **more: Any) -> Any:
    """An item of a reward event."""
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
    return {"id": id, "messages": turns, "reference_answer": "4", **more}


def wires(scored: Sequence[Scored]) -> list[float]:
    return [one.wire for one in scored]


class JudgeOf:
    """A judge that decides by a rule on the response; raises what the rule returns as an error."""

    name = "fake"

    def __init__(self, rule: Callable[[str], Any], concurrency: int = 4) -> None:
        self.concurrency = concurrency
        self._rule = rule

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        _, sections = read_fenced(request.user)
        met = self._rule(sections["RESPONSE"])
        if isinstance(met, BaseException):
            raise met
        names = request.tool.schema["properties"]["verdicts"]["items"]["properties"]
        verdict = ("no", "yes")[met] if isinstance(met, bool) else met
        verdicts = [{"criterion": name, "verdict": verdict} for name in names["criterion"]["enum"]]
        return JudgeReply(
            {"nonce": request.nonce, "verdicts": verdicts}, "", Usage(7, 3), "tool_use"
        )


def soon(seconds: float) -> float:
    return time.monotonic() + seconds


def finite(scored: Sequence[Scored]) -> bool:
    return all(math.isfinite(one.wire) for one in scored)
