"""Whatever a trainer sends: no exception, no NaN, every id answered, in order."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nova_rft.reward import BadItem, RewardFunction, answer, pack, read_event, to_json, trace_rows

from .rewards import LONG, MATH, REPEATED, STYLE, reward

FUNCTION: RewardFunction = reward(
    MATH, STYLE, LONG, REPEATED, range=[-1, 1.3], on_abstain="group_mean"
)

# One of each kind that asks nobody.
TERMS: list[dict[str, Any]] = [
    {"type": "match"},
    {"type": "match", "how": "contains", "within": "response"},
    {"type": "match", "how": "regex", "pattern": r"\d+"},
    {"type": "choice"},
    {"type": "number", "tolerance": 0.1},
    {"type": "number", "unit": "m"},
    {"type": "json_schema", "json_schema": {"type": "object"}, "gate": -1},
    {"type": "tags", "on_abstain": "group_mean"},
    {"type": "rouge_l", "clip": [0, 0.5]},
    {"type": "token_f1"},
    {"type": "language", "among": ["en", "de"]},
    {"type": "length_window", "max_length": 5},
    {"type": "citations"},
    {"type": "linear_length", "target": 3},
    {"type": "kimi_length", "of": "t0"},
    {"type": "cosine_length", "of": "t9", "max_length": 20},
    {"type": "wrong_language", "among": ["en", "de"]},
    {"type": "wrong_format", "format": {"type": "tags"}},
    {"type": "copying"},
    {"type": "rubric_leak"},
    {"type": "needless_refusal"},
    {"type": "hedging"},
    {"type": "flattery"},
    {"type": "answer_stuffing"},
    {
        "type": "openai_grader",
        "grader": {
            "type": "string_check",
            "operation": "eq",
            "input": "{{ sample.output_json.a }}",
            "reference": "{{ item.reference_answer }}",
        },
    },
]
EVERYTHING: RewardFunction = reward(
    *({"name": f"t{place}", **term} for place, term in enumerate(TERMS)), range=[-1, 1.3]
)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
# Numbers alone, so that no process of the maths verifier is asked: that one is tested elsewhere.
words = st.sampled_from(["A: 4", "#### 5", "well " * 20, "", "so 3 + 4 = 7", "é😀\u2028", "\ud800"])
references: st.SearchStrategy[Any] = st.sampled_from(
    ["4", 4, 5.5, {"answer": "4"}, {"text": "7"}, None, "", [], True]
)
contents = words | st.lists(st.fixed_dictionaries({"text": words}), max_size=2) | json_values
turns = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["system", "user", "assistant", "nova_assistant"]),
            "content": contents,
        }
    ),
    max_size=4,
)
good_items = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c", "", "é"]),
        "messages": st.lists(
            st.fixed_dictionaries({"role": st.just("user"), "content": words}), max_size=2
        ).map(lambda prompt: [*prompt, {"role": "assistant", "content": "A: 4"}]),
        "reference_answer": references,
    },
    optional={"group": st.sampled_from(["g", "h", "", None, 3]), "metadata": json_values},
)
odd_items = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=3) | json_values,
        "messages": turns | json_values,
        "reference_answer": references,
        "metadata": st.fixed_dictionaries({}, optional={"reference_answer": references})
        | json_values,
        "group": json_values,
    },
)
events = st.lists(good_items | odd_items | json_values, max_size=6)


@given(events)
@settings(max_examples=300)
def test_any_json_event_is_answered_in_full(event: list[Any]) -> None:
    event = json.loads(json.dumps(event))
    items = read_event(event)
    for function in (FUNCTION, EVERYTHING):
        _answered_in_full(function, event, items)


def _answered_in_full(function: RewardFunction, event: list[Any], items: list[Any]) -> None:
    scored = function.score(items)
    found = answer(scored)

    assert [one["id"] for one in found] == [
        raw.get("id", "") if isinstance(raw, dict) else "" for raw in event
    ]
    for read, one in zip(items, found, strict=True):
        values = {metric["name"]: metric["value"] for metric in one["metrics_list"]}
        assert all(isinstance(value, float) and math.isfinite(value) for value in values.values())
        assert -1 <= one["aggregate_reward_score"] <= 1.3
        assert values["reward"] == one["aggregate_reward_score"]
        assert values["abstained"] in (0.0, 1.0)
        assert not isinstance(read, BadItem) or values["abstained"] == 1.0
    assert json.loads(to_json(found)) == found
    pack(trace_rows(items, scored, at="2026-11-01T00:00:00Z"))


@given(json_values)
@settings(max_examples=100)
def test_scoring_is_repeatable(metadata: Any) -> None:
    """Byte for byte: the laptop's answer is the Lambda's."""
    event = [
        {
            "id": "a",
            "messages": [{"role": "assistant", "content": "A: 4"}],
            "reference_answer": "4",
            "metadata": metadata,
        }
    ]
    first, second = (to_json(answer(FUNCTION.score(read_event(event)))) for _ in range(2))
    assert first == second
