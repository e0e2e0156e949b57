"""The answer list: the contract's fields, ids and order kept, finite, AWS's own bytes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_marshaller import to_json as aws_to_json

from nova_rft.judge import ScriptedModel
from nova_rft.reward import (
    Abstention,
    BadItem,
    Cause,
    RewardFunction,
    Score,
    Scored,
    answer,
    read_event,
    read_events,
    to_json,
)
from nova_rft.spec import load

from .rewards import LONG, MATH, STYLE, item, models, reward


def metrics(one: dict[str, Any]) -> dict[str, Any]:
    return {metric["name"]: metric["value"] for metric in one["metrics_list"]}


def test_contract() -> None:
    """Exactly what services.md says: nothing missing, nothing further."""
    terms = {"math": Score(1.0, {"answer": "4"}), "long": Score(-0.5)}
    scored = Scored("a", "g", terms, {"math": 1.0, "long": -0.25}, Score(0.75), wire=0.75)
    assert answer([scored]) == [
        {
            "id": "a",
            "aggregate_reward_score": 0.75,
            "metrics_list": [
                {"name": "math", "value": 1.0, "type": "Metric"},
                {"name": "math.weighted", "value": 1.0, "type": "Metric"},
                {"name": "long", "value": -0.5, "type": "Metric"},
                {"name": "long.weighted", "value": -0.25, "type": "Metric"},
                {"name": "abstained", "value": 0.0, "type": "Metric"},
                {"name": "reward", "value": 0.75, "type": "Reward"},
            ],
        }
    ]


def test_an_abstention_is_counted_and_shows_no_value() -> None:
    gone = Abstention(Cause.JUDGE_UNAVAILABLE, "down")
    scored = Scored("a", "g", {"math": Score(1.0), "style": gone}, {"math": 1.0}, gone, wire=0.4)
    (one,) = answer([scored])
    assert metrics(one) == {
        "math": 1.0,
        "math.weighted": 1.0,
        "style.abstained": 1.0,
        "abstained": 1.0,
        "abstained.judge_unavailable": 1.0,
        "reward": 0.4,
    }


def test_minus_zero_is_zero() -> None:
    scored = Scored("a", "g", {"long": Score(-0.0)}, {"long": -0.0}, Score(-0.0), wire=-0.0)
    assert "-0.0" not in to_json(answer([scored])).replace('"aggregate_reward_score": -0.0', "")
    assert all(math.copysign(1, value) == 1 for value in metrics(answer([scored])[0]).values())


def test_ids_and_order_are_kept_through_bad_items_and_doubles() -> None:
    event = [
        item("A: 4", id="b"),
        None,
        item("A: 5", id="a"),
        {"id": "c"},
        item("A: 4", id="a"),
        item("A: 4", id=7),
        item("A: 4", id="é \u2028"),
    ]
    scored = reward(MATH, LONG).score(read_event(event))
    found = answer(scored)
    assert [one["id"] for one in found] == ["b", "", "a", "c", "a", 7, "é \u2028"]
    assert [metrics(one).get("math") for one in found] == [1.0, None, 0.0, None, 1.0, None, 1.0]
    assert [metrics(one)["abstained"] for one in found] == [0, 1, 0, 1, 0, 1, 0]


def test_nothing_asked_nothing_answered() -> None:
    assert answer(reward(MATH).score([])) == []
    assert to_json([]) == "[]"


def test_a_bad_item_is_an_outcome_with_its_cause() -> None:
    (one,) = reward(MATH).score([BadItem("a", "the item has no messages")])
    assert one.outcome == Abstention(Cause.BAD_ITEM, "the item has no messages")
    assert dict(one.terms) == {}


def test_example_answers_every_recorded_rollout_of_some_events(example: Path) -> None:
    spec = load(example / "nova-rft.yaml")
    function = RewardFunction(
        spec.required_reward, models(spec.required_reward, lambda _: ScriptedModel())
    )
    events = read_events(example / "data" / "rollouts.jsonl.gz", 200)
    event = next(events)
    found = answer(function.score(event))
    assert [one["id"] for one in found] == [each.id for each in event]
    names = {"math", "reasoning", "overlong", "repetition"}
    for one in found:
        assert set(metrics(one)) == {
            *names,
            *(f"{name}.weighted" for name in names),
            *(f"reasoning.{name}" for name in ("judged", "steps", "consistent", "on_task")),
            "abstained",
            "reward",
        }
        low, high = spec.required_reward.range
        assert low <= one["aggregate_reward_score"] <= high
        assert metrics(one)["reward"] == one["aggregate_reward_score"]


@pytest.mark.parametrize(
    "responses",
    [["A: 4"], ["A: 5", "é 😀 \u2028 </script>", 'A: "4"\n'], ["wellwellwell" * 30]],
)
def test_bytes_are_those_of_the_lambda_runtime(
    monkeypatch: pytest.MonkeyPatch, responses: list[str]
) -> None:
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.13")
    items = [item(response, id=f"ü{n}") for n, response in enumerate(responses)]
    found = answer(reward(MATH, LONG, STYLE, range=[-1, 1.3]).score(read_event(items)))
    assert to_json(found) == aws_to_json(found)
    assert json.loads(to_json(found)) == found


def test_older_runtimes_write_other_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the runtime is named: 3.11 escapes what is not ASCII."""
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.11")
    assert aws_to_json([{"id": "ü"}]) != to_json([{"id": "ü"}])
