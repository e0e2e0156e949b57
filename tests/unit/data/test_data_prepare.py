"""Records in other shapes and in sets that stay apart: round trips, and nothing lost in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_rft.data import Asked, check_records_of
from nova_rft.data.prepare import part_of
from nova_rft.data.shapes import Unconvertible, convert

texts = st.text(
    st.characters(exclude_characters=":<[", exclude_categories=("Cs", "Cc")), min_size=1
)
texts = texts.filter(lambda text: bool(text.strip()))


@st.composite
def chats(draw: st.DrawFn) -> dict[str, Any]:
    pairs = draw(st.integers(0, 2))
    turns = [{"role": "system", "content": text} for text in draw(st.lists(texts, max_size=1))]
    for _ in range(pairs):
        turns += [{"role": role, "content": draw(texts)} for role in ("user", "assistant")]
    turns.append({"role": "user", "content": draw(texts)})
    return {"messages": turns, "reference_answer": draw(texts)}


@given(chats())
def test_chat_to_converse_and_back_is_the_same(record: dict[str, Any]) -> None:
    there = convert(record, "chat", "sft")
    back = convert(there.record, "converse", "rft")
    assert back.record == record
    assert (there.lost, back.lost) == ([], [])
    raw = [json.dumps(there.record).encode()]
    assert (
        check_records_of(lambda: enumerate(raw, 1), "r", Asked("sft", training=False)).findings
        == []
    )


@given(texts, texts, texts)
def test_pairs_become_dpo_and_keep_both_answers(prompt: str, chosen: str, rejected: str) -> None:
    given_pair = {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    found = convert(given_pair, "pairs", "dpo")
    first, second = found.record["messages"][-1]["candidates"]
    assert (first["content"], second["content"]) == ([{"text": chosen}], [{"text": rejected}])
    assert found.lost == []
    raw = [json.dumps(found.record).encode()]
    rules = [
        f.rule
        for f in check_records_of(
            lambda: enumerate(raw, 1), "r", Asked("dpo", training=False)
        ).findings
    ]
    assert rules == (["dpo.same"] if chosen == rejected else [])
    back = convert(found.record, "converse", "rft")
    assert back.lost == []
    assert back.record["rejected_answer"] == rejected
    assert convert(back.record, "chat", "dpo").record == found.record
    assert convert(found.record, "converse", "sft").lost == ["the rejected answer"]


def test_columns_by_any_name() -> None:
    row = {"question": "Why?", "answer": 4, "level": "easy"}
    found = convert(row, "columns", "rft", {"prompt": "question", "completion": "answer"})
    assert found.record == {
        "level": "easy",
        "messages": [{"role": "user", "content": "Why?"}],
        "reference_answer": "4",
    }
    assert convert(row, "columns", "sft", {"prompt": "question", "completion": "answer"}).lost == [
        "level"
    ]


def test_what_has_no_place_is_named() -> None:
    chat = {
        "id": "a",
        "tools": [{}],
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "a"}, {"text": "b"}],
                "name": "n",
            },
            {"role": "tool", "content": "42"},
            {"role": "assistant", "content": "c"},
        ],
    }
    assert convert(chat, "chat", "sft").lost == [
        "messages[0].content (where one of 2 blocks ended)",
        "messages[0].name",
        "messages[1] (role tool)",
        *("id", "tools"),
    ]
    reasoning = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    converse = {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [
            {"role": "user", "content": [{"text": "a"}]},
            {"role": "assistant", "content": [reasoning, {"text": "b"}]},
        ],
    }
    found = convert(converse, "converse", "rft")
    assert found.record["reference_answer"] == "b"
    assert found.lost == ["messages[1].content[0] (reasoningContent)"]
    assert convert(converse, "converse", "cpt").record == {"text": "a\n\nb"}


@pytest.mark.parametrize(
    ("record", "source", "target", "said"),
    [
        ({}, "chat", "sft", "has no messages"),
        ({"messages": [{"role": "user", "content": "a"}]}, "chat", "sft", "no answer to learn"),
        ({"messages": [{"role": "user", "content": "a"}]}, "chat", "dpo", "no pair"),
        ({"question": "a"}, "columns", "rft", "no text in 'prompt'; name the column with --map"),
    ],
)
def test_what_cannot_be_converted_is_said(record: Any, source: str, target: str, said: str) -> None:
    with pytest.raises(Unconvertible, match=said):
        convert(record, source, target)


def asked(number: int, answer: str = "x", **more: Any) -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": f"{number}?"}],
        "reference_answer": answer,
        **more,
    }


def test_a_split_has_its_share_and_stays_when_records_are_added() -> None:
    inside = [number for number in range(5_000) if part_of(asked(number), 0.2)]
    assert 0.17 < len(inside) / 5_000 < 0.23
    assert inside == [n for n in range(9_000) if part_of(asked(n), 0.2)][: len(inside)]
    assert {part_of(asked(7), share) for share in (0.0, 1.0)} == {False, True}


@given(st.integers(), texts, texts, st.floats(0, 1))
def test_records_of_one_prompt_are_on_one_side(
    number: int, one: str, other: str, share: float
) -> None:
    assert part_of(asked(number, one), share) == part_of(asked(number, other), share)
    chat = asked(number, one)
    with_answer = {
        "messages": [*chat["messages"], {"role": "assistant", "content": other}],
    }
    assert part_of(chat, share) == part_of(with_answer, share)


def test_a_field_keeps_related_records_together() -> None:
    sides = {part_of(asked(n, patient="p1"), 0.5, by="patient") for n in range(50)}
    assert len(sides) == 1


@given(chats())
def test_chat_to_distillation_and_back_is_the_same(record: dict[str, Any]) -> None:
    there = convert(record, "chat", "distillation")
    back = convert(there.record, "converse", "rft")
    assert (back.record, there.lost, back.lost) == (record, [], [])
    raw = [json.dumps(there.record).encode()]
    asked = Asked("distillation", training=False)
    assert check_records_of(lambda: enumerate(raw, 1), "r", asked).findings == []


@given(texts, texts)
def test_columns_to_evaluation_keep_both(prompt: str, answer: str) -> None:
    found = convert({"prompt": prompt, "completion": answer}, "columns", "evaluation")
    assert found.record == {"prompt": prompt, "referenceResponse": answer}
    assert found.lost == []
    raw = [json.dumps(found.record).encode()]
    asked = Asked("evaluation", training=False)
    assert check_records_of(lambda: enumerate(raw, 1), "r", asked).findings == []


@given(chats())
def test_what_an_evaluation_has_no_place_for_is_named(record: dict[str, Any]) -> None:
    found = convert(record, "chat", "evaluation")
    alone = len(record["messages"]) == 1
    assert found.lost == ([] if alone else ["who said what before the answer"])
