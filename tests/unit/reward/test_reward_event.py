"""Reward events in every shape that trainers send; one bad item never loses the others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.errors import FindingsError
from nova_rft.reward import BadItem, MalformedEvent, read_event, read_item

from .rewards import item


def one(raw: Any) -> Rollout:
    read = read_item(raw)
    assert isinstance(read, Rollout), read
    return read


def test_a_list_of_items() -> None:
    found = read_event([item("a", id="1"), item("b", id="2")])
    assert [(each.id, isinstance(each, Rollout)) for each in found] == [("1", True), ("2", True)]
    assert read_event([]) == []


def test_the_list_may_be_wrapped() -> None:
    assert read_event({"trajectories": [item("a")]}) == read_event([item("a")])


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (None, "null"),
        ("text", "a text"),
        (5, "a number"),
        (0.5, "a number"),
        (True, "true or false"),
        ({}, "an object"),
        (item(), "an object"),
        ({"trajectories": None}, "an object"),
        ({"trajectories": {}}, "an object"),
    ],
)
def test_what_is_no_list_is_refused_whole(event: Any, said: str) -> None:
    with pytest.raises(MalformedEvent, match=f"but {said}; the trainer should send a JSON list"):
        read_event(event)
    assert issubclass(MalformedEvent, FindingsError)


@pytest.mark.parametrize("role", ["assistant", "nova_assistant"])
@pytest.mark.parametrize(
    "content", ["A: 4", [{"text": "A: 4"}], [{"type": "text", "text": "A:"}, {"text": " 4"}]]
)
def test_the_response_is_the_last_turn(role: str, content: Any) -> None:
    turns = [
        {"role": "system", "content": [{"type": "text", "text": "Be short."}]},
        {"role": "user", "content": "2 + 2?"},
        {"role": role, "content": content},
    ]
    found = one({"id": "a", "messages": turns})
    assert found.response == "A: 4"
    assert found.prompt == (Message("system", "Be short."), Message("user", "2 + 2?"))


def test_an_empty_response_is_a_response() -> None:
    assert one(item("")).response == ""


def test_earlier_answers_of_the_assistant_belong_to_the_prompt() -> None:
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": "4"},
    ]
    found = one({"id": "a", "messages": turns})
    assert [turn.role for turn in found.prompt] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    "reference",
    ["4", 4, {"text": "4"}, {"answer": "4"}, {"label": "x", "question": "y", "ground_truth": "4"}],
)
def test_the_reference_is_at_top_level_or_under_metadata(reference: Any) -> None:
    bare = {"id": "a", "messages": item()["messages"]}
    top = one({**bare, "reference_answer": reference})
    under = one({**bare, "metadata": {"reference_answer": reference, "level": 3}})
    assert top.reference == under.reference == reference
    assert (dict(top.metadata), dict(under.metadata)) == ({}, {"level": 3})
    assert one(bare).reference is None


def test_top_level_wins_over_metadata() -> None:
    found = one({**item(), "metadata": {"reference_answer": "5", "a": 1, "b": 1}, "b": 2})
    assert found.reference == "4"
    assert dict(found.metadata) == {"a": 1, "b": 2}


@pytest.mark.parametrize("metadata", [None, [], "text", 5])
def test_odd_metadata_is_no_metadata(metadata: Any) -> None:
    assert dict(one(item(metadata=metadata)).metadata) == {}


def test_the_event_itself_is_left_as_it_was() -> None:
    raw = item(metadata={"reference_answer": "5", "group": "g"})
    before = repr(raw)
    read_item(raw)
    assert repr(raw) == before


def test_a_given_group_is_kept() -> None:
    assert one(item(group="gsm8k-7")).group == "gsm8k-7"
    assert one(item(metadata={"group": "gsm8k-7"})).group == "gsm8k-7"


@pytest.mark.parametrize("given", [None, "", True, ["g"]])
def test_without_a_group_equal_prompts_are_one(given: Any) -> None:
    first, second = one(item("a", group=given)), one(item("b", id="other"))
    assert first.group == second.group
    assert one(item("a", prompt="3 + 3?")).group != first.group
    assert first.group.startswith("prompt:")


def test_a_derived_group_looks_at_roles_and_turns_not_at_shape() -> None:
    def prompt(*turns: Any) -> str:
        answer = {"role": "assistant", "content": "x"}
        return one({"id": "a", "messages": [*turns, answer]}).group

    plain = prompt({"role": "user", "content": "Hi"})
    assert prompt({"role": "user", "content": [{"text": "Hi"}]}) == plain
    assert prompt({"role": "system", "content": "Hi"}) != plain
    assert prompt({"role": "user", "content": "H"}, {"role": "user", "content": "i"}) != plain


@pytest.mark.parametrize(
    ("raw", "given_id", "said"),
    [
        (None, "", "no object but null"),
        ("text", "", "no object but a text"),
        ([], "", "no object but a list"),
        (7, "", "no object but a number"),
        (True, "", "no object but true or false"),
        ({}, "", "no id"),
        ({"messages": []}, "", "no id"),
        (item(id=""), "", "no id"),
        (item(id=None), None, "no id"),
        (item(id=7), 7, "no id"),
        ({"id": "a"}, "a", "messages: should be a list"),
        ({"id": "a", "messages": "Hi"}, "a", "messages: should be a list"),
        ({"id": "a", "messages": []}, "a", "no response"),
        ({"id": "a", "messages": [{"role": "user", "content": "Hi"}]}, "a", "no response"),
        ({"id": "a", "messages": [{"role": "user"}]}, "a", r"messages\[0\].content: should be"),
        (
            {"id": "a", "messages": [{"role": "assistant", "content": None}]},
            "a",
            r"messages\[0\].content: should be",
        ),
        (
            {"id": "a", "messages": [{"role": "assistant", "content": [{"image": "x"}]}]},
            "a",
            r"messages\[0\].content\[0\]: should be a text block",
        ),
    ],
)
def test_a_bad_item_says_why_and_the_others_stay(raw: Any, given_id: Any, said: str) -> None:
    first, bad, last = read_event([item("a", id="1"), raw, item("b", id="2")])
    assert isinstance(first, Rollout)
    assert isinstance(last, Rollout)
    assert isinstance(bad, BadItem)
    assert bad.id == given_id
    assert re.search(said, bad.problem)


def test_lone_surrogates_are_valid_json_and_lose_nothing() -> None:
    found = read_event([item("\ud800", prompt="\udfff"), item("fine")])
    assert all(isinstance(each, Rollout) for each in found)


def test_a_number_is_a_group_too() -> None:
    assert one(item("a", group=5)).group == "5"


def test_a_null_reference_hides_none_under_metadata() -> None:
    rollout = one(item("a", reference_answer=None, metadata={"reference_answer": "7"}))
    assert rollout.reference == "7"
