"""The prompt of a record of any technique, and the reference that it brings."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.evaluate import question_of

USER = {"role": "user", "content": "What is 2?"}
BLOCKS = {"role": "user", "content": [{"text": "What is 2?"}]}
ANSWER = {"role": "assistant", "content": [{"text": "It is 2."}]}
PAIR = {
    "role": "assistant",
    "candidates": [
        {"content": [{"text": "No."}], "preferenceLabel": "non-preferred"},
        {"content": [{"text": "It is 2."}], "preferenceLabel": "preferred"},
    ],
}


@pytest.mark.parametrize(
    ("record", "prompt", "reference"),
    [
        ({"messages": [USER], "reference_answer": "2"}, ["user: What is 2?"], "2"),
        (
            {"messages": [USER, {"role": "assistant", "content": "It is 2."}]},
            ["user: What is 2?"],
            "It is 2.",
        ),
        (
            {"schemaVersion": "x", "system": [{"text": "Sums."}], "messages": [BLOCKS, ANSWER]},
            ["system: Sums.", "user: What is 2?"],
            "It is 2.",
        ),
        ({"messages": [BLOCKS, PAIR]}, ["user: What is 2?"], "It is 2."),
        (
            {"messages": [BLOCKS, ANSWER], "reference_answer": {"text": "2"}},
            ["user: What is 2?"],
            {"text": "2"},
        ),
    ],
)
def test_an_answer_is_the_reference_and_not_the_prompt(
    record: dict[str, Any], prompt: list[str], reference: Any
) -> None:
    found = question_of({**record, "topic": "sums"})
    assert found is not None
    assert [f"{turn.role}: {turn.text}" for turn in found.prompt] == prompt
    assert found.reference == reference
    assert found.metadata["topic"] == "sums"


@pytest.mark.parametrize("record", [{}, {"messages": []}, {"messages": "What?"}, {"messages": [1]}])
def test_what_holds_no_conversation_is_none(record: dict[str, Any]) -> None:
    assert question_of(record) is None
