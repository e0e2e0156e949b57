"""Chat turns and reference answers, in every shape that the services and their samples use."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.data import MalformedMessages, Message, Rollout, read_messages, reference_text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hi", "Hi"),
        ("", ""),
        ([{"type": "text", "text": "Hi"}], "Hi"),
        ([{"text": "Hi"}], "Hi"),
        ([{"text": "H"}, {"type": "text", "text": "i"}], "Hi"),
        ([], ""),
    ],
)
def test_content_is_text_or_blocks(content: Any, text: str) -> None:
    assert read_messages([{"role": "user", "content": content}]) == (Message("user", text),)


def test_turns_keep_their_order_and_role_whatever_it_is() -> None:
    turns = [{"role": role, "content": role} for role in ("system", "user", "nova_assistant")]
    assert [turn.role for turn in read_messages(turns)] == ["system", "user", "nova_assistant"]
    assert read_messages([]) == ()


def test_further_fields_of_a_turn_are_ignored() -> None:
    assert read_messages([{"role": "user", "content": "Hi", "name": "x"}])[0].text == "Hi"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, "messages"),
        ("Hi", "messages"),
        ({"role": "user", "content": "Hi"}, "messages"),
        (["Hi"], "messages[0]"),
        ([None], "messages[0]"),
        ([{"content": "Hi"}], "messages[0].role"),
        ([{"role": 1, "content": "Hi"}], "messages[0].role"),
        ([{"role": "user"}], "messages[0].content"),
        ([{"role": "user", "content": None}], "messages[0].content"),
        ([{"role": "user", "content": 5}], "messages[0].content"),
        ([{"role": "user", "content": {"text": "Hi"}}], "messages[0].content"),
        (
            [{"role": "user", "content": "Hi"}, {"role": "user", "content": [{"text": "a"}, "b"]}],
            "messages[1].content[1]",
        ),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
            "messages[0].content[0]",
        ),
        ([{"role": "user", "content": [{"text": 5}]}], "messages[0].content[0]"),
    ],
)
def test_malformed_turns_name_their_place(value: Any, path: str) -> None:
    with pytest.raises(MalformedMessages, match="should be") as caught:
        read_messages(value)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("42", "42"),
        (" 42 ", " 42 "),
        (42, "42"),
        (0, "0"),
        (0.5, "0.5"),
        ({"text": "42"}, "42"),
        ({"answer": "42"}, "42"),
        ({"ground_truth": "42"}, "42"),
        ({"ground_truth": 42}, "42"),
        ({"label": "yes", "question": "Is it?", "ground_truth": "42"}, "42"),
        ({"label": "yes", "question": "Is it?"}, "yes"),
        ({"text": "a", "answer": "b"}, "b"),
        ({"ground_truth": "", "answer": "b"}, "b"),
        ({"ground_truth": None, "text": "t"}, "t"),
        ({"answer": {"text": "42"}}, "42"),
        (None, None),
        ("", None),
        ("  \n", None),
        (True, None),
        ({"answer": False}, None),
        ({}, None),
        ({"other": "42"}, None),
        (["42"], None),
    ],
)
def test_reference_in_every_shape(reference: Any, text: str | None) -> None:
    assert reference_text(reference) == text


def test_prompt_as_one_text() -> None:
    prompt = (Message("system", "Be short."), Message("user", "Hi"))
    assert Rollout("i", "g", prompt, "Hello").prompt_text == "Be short.\n\nHi"


def test_a_turn_that_only_calls_tools_has_no_text() -> None:
    (turn,) = read_messages([{"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}])
    assert turn.text == ""
    with pytest.raises(MalformedMessages):
        read_messages([{"role": "assistant", "content": None}])
