"""`reward test` on functions that are right, and on the ways in which public ones are wrong."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from nova_rft.reward import MalformedEvent, RewardAbstained, answer, read_event
from nova_rft.reward.contract import Answered, Tried, answer_problems, hard_events, try_contract

from .rewards import reward

Function = Callable[[Any], Any]


def tried(function: Function) -> dict[str, Tried]:
    """What each hard event found, with the event and the answer carried as JSON, as Lambda does."""

    def call(event: Any) -> Answered:
        try:
            return Answered(json.loads(json.dumps(function(json.loads(json.dumps(event))))))
        except Exception as error:
            return Answered(error=f"{type(error).__name__}: {error}")

    return {one.name: one for one in try_contract(call)}


def errors(function: Function) -> dict[str, str]:
    found = tried(function).items()
    return {name: one.problems[0] for name, one in found if one.severity == "error"}


def ours(event: Any) -> Any:
    function = reward({"name": "right", "type": "match"}, range=[0, 1])
    return answer(function.score(read_event(event)))


def test_ours_is_right() -> None:
    assert [one.name for one in tried(ours).values() if one.severity != "ok"] == []


def item(given: Any, score: Any) -> dict[str, Any]:
    return {"id": given["id"], "aggregate_reward_score": score, "metrics_list": []}


def sample(event: Any) -> Any:
    """In the manner of a sample notebook: no care for anything but the plain case."""
    results = []
    for one in event:
        text = one["messages"][-1]["content"]
        numbers = re.findall(r"-?\d+", text)
        right = bool(numbers) and numbers[-1] == one["metadata"]["reference_answer"].split()[-1]
        results.append(item(one, float(right)))
    return results


def test_a_samples_faults_are_found() -> None:
    found = errors(sample)
    assert "failed, and all rewards of the event are lost" in found["content as typed blocks"]
    assert "no reference" in found
    assert "an item that is null, between good ones" in found
    assert "an event that is an object without items" not in found
    assert "the same id three times" not in found


def test_a_default_for_everything_is_found() -> None:
    def half(event: Any) -> Any:
        try:
            return [item(one, 1 / 0) for one in read_back(event)]
        except Exception:
            return [item(one, 0.5) for one in read_back(event)]

    found = errors(half)
    assert found["different responses"] == ("every response, right, empty or hostile, is paid 0.5")
    assert "answered an event that holds no items" in found["an event that is a text"]


def read_back(event: Any) -> list[dict[str, Any]]:
    """Whatever has an id."""
    items = event.get("trajectories", []) if isinstance(event, dict) else event
    return [
        one if isinstance(one, dict) and "id" in one else {"id": ""}
        for one in (items if isinstance(items, list) else [])
    ]


def wrapped(change: Callable[[list[dict[str, Any]]], Any]) -> Function:
    return lambda event: change(ours(event))


@pytest.mark.parametrize(
    ("function", "name", "said"),
    [
        (wrapped(lambda a: a[::-1]), "ids out of order", "the order is not that of the items"),
        (
            wrapped(lambda a: list({one["id"]: one for one in a}.values())),
            "the same id three times",
            "1 answers for 3 items",
        ),
        (
            wrapped(lambda a: [{**one, "id": str(one["id"]).lower().strip()[:50]} for one in a]),
            "a very long id",
            "ids are lost or changed",
        ),
        (
            wrapped(lambda a: [{**one, "aggregate_reward_score": float("nan")} for one in a]),
            "a plain item",
            "answer 0: aggregate_reward_score is nan, no finite number",
        ),
        (
            wrapped(lambda a: [{**one, "aggregate_reward_score": "1"} for one in a]),
            "a plain item",
            "answer 0: aggregate_reward_score is '1', no finite number",
        ),
        (
            wrapped(lambda a: [{**one, "metrics_list": [{"name": "m", "value": 1}]} for one in a]),
            "a plain item",
            "answer 0: the metric m has the type None, not Metric or Reward",
        ),
        (wrapped(lambda a: {"results": a}), "a plain item", "the answer is no list but dict"),
        (
            wrapped(
                lambda a: [
                    {**o, "aggregate_reward_score": 1 - o["aggregate_reward_score"]} for o in a
                ]
            ),
            "an empty response beside a plain one",
            "an empty response is paid 1, the plain one 0",
        ),
    ],
)
def test_each_fault_is_named(function: Function, name: str, said: str) -> None:
    assert errors(function)[name] == said


def test_noise_is_a_warning() -> None:
    dice = random.Random(1)

    def noisy(event: Any) -> Any:
        return [{**one, "aggregate_reward_score": dice.random()} for one in ours(event)]

    assert tried(noisy)["the same event twice"].severity == "warning"


def test_an_answer_for_no_items_is_an_empty_list() -> None:
    assert answer_problems([], []) == []
    assert answer_problems(["a"], None) == ["the answer is no list but NoneType"]


def test_hard_events_can_be_made_like_ones_own() -> None:
    turns = [{"role": "user", "content": "Own prompt"}, {"role": "assistant", "content": "Own"}]
    own = {"id": "x", "messages": turns, "metadata": {"reference_answer": "Own", "source": "text"}}
    for hard in hard_events(own):
        items = hard.event if isinstance(hard.event, list) else []
        for one in items:
            if isinstance(one, dict) and len(one.get("messages") or []) == 2:
                assert one["messages"][0] == turns[0]
                assert {**one, **one.get("metadata", {})}["source"] == "text"


def test_a_reward_that_raises_loses_the_event_and_is_told() -> None:
    function = reward({"name": "right", "type": "match"}, range=[0, 1], on_abstain="raise")
    found = errors(lambda event: answer(function.score(read_event(event))))
    assert "RewardAbstained" in found["no reference"]
    with pytest.raises(RewardAbstained):
        function.score(read_event([{"id": "a"}]))
    with pytest.raises(MalformedEvent):
        read_event("x")
