"""Rewards, rollouts and sets for tests of labelling."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from nova_rft.data import Message, Rollout
from nova_rft.label import Candidate, Item, draw
from nova_rft.spec import RewardSpec

RUBRIC = {
    "name": "style",
    "type": "rubric",
    "model": {"provider": "scripted"},
    "criteria": [
        {"name": "short", "question": "Is it short?"},
        {
            "name": "clear",
            "question": "How clear is it?",
            "kind": "scale",
            "anchors": {1: "not at all", 3: "entirely"},
        },
    ],
}
PREFERENCE = {
    "name": "better",
    "type": "preference",
    "model": {"provider": "scripted"},
    "criteria": ["tone"],
}
LENGTH = {"name": "long", "type": "linear_length", "target": 10}


def reward(*terms: dict[str, Any]) -> RewardSpec:
    """A reward of some terms; of a rubric and a penalty where none are given."""
    return RewardSpec.model_validate({"range": [-9, 9], "terms": terms or (RUBRIC, LENGTH)})


def rollout(prompt: str, response: str, id: str = "r", **more: Any) -> Rollout:
    return Rollout(
        id,
        "g",
        (Message("user", prompt),),
        response,
        more.pop("reference", None),
        more,
    )


def candidate(
    prompt: str,
    response: str,
    *,
    id: str = "r",
    value: float | None = None,
    penalty: float | None = None,
    unsure: float | None = None,
    **more: Any,
) -> Candidate:
    """A rollout with what `reward()` said of it."""
    said = {"style": value, "long": penalty}
    values = {name: one for name, one in said.items() if one is not None}
    return Candidate(rollout(prompt, response, id, **more), value, values, unsure)


def words(number: int, count: int) -> str:
    """A text that is like no other of another number."""
    letters = itertools.islice(itertools.product("abcdefghijklmnop", repeat=2), count)
    return " ".join(f"w{number}{a}{b}" for a, b in letters)


def candidates(prompts: int = 4, responses: int = 4) -> list[Candidate]:
    """Rollouts that are told apart by everything."""
    return [
        candidate(
            f"prompt {words(p, 5)}",
            words(100 * p + r, 3 + 5 * ((r * 7 + p) % 4)),
            id=f"gpt-secret-{p}-{r}",
            value=((p + r * 3) % 5) / 4,
            penalty=-(((p + r) % 3) / 2),
            unsure=((p * r) % 4) / 3,
            reference=f"reference {p}",
            model="secret-model",
        )
        for p in range(prompts)
        for r in range(responses)
    ]


def a_set(count: int = 6, *terms: dict[str, Any], singles: bool = False) -> Sequence[Item]:
    kind = "responses" if singles else "pairs"
    return draw(candidates(), reward(*terms), kind, count).items  # type: ignore[arg-type]
