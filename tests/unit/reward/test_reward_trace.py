"""Traces: whole groups kept or left, equal rows in equal bytes."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from nova_rft.errors import JudgeUnavailable
from nova_rft.reward import BadItem, Item, pack, trace_rows
from nova_rft.reward._trace import kept

from .rewards import MATH, STYLE, JudgeOf, reward, rollout

AT = "2026-11-01T12:00:00.000+00:00"


def rows(share: float, groups: int = 200) -> list[dict[str, Any]]:
    items = [
        rollout(f"A: {n}", id=f"{group}-{n}", group=f"group {group}")
        for n in range(4)
        for group in range(groups)
    ]
    return list(trace_rows(items, reward(MATH).score(items), share=share, at=AT))


def test_a_row_tells_everything_about_a_rollout() -> None:
    items = [rollout("A: 4", {"answer": "4"})]
    scored = reward(MATH, {**STYLE, "weight": 0.5}, judge=JudgeOf(lambda _: True)).score(items)
    (row,) = trace_rows(items, scored, at=AT, version="3", request="abc")
    assert json.loads(json.dumps(row)) == {
        "at": AT,
        "version": "3",
        "request": "abc",
        "id": "r",
        "group": "g",
        "prompt": [{"role": "user", "content": "What is 2 + 2?"}],
        "response": "A: 4",
        "reference": {"answer": "4"},
        "reward": 1.5,
        "abstained": None,
        "terms": {
            "math": {
                "value": 1.0,
                "weighted": 1.0,
                "details": {"answer": "4", "reference": "4"},
            },
            "style": {
                "value": 1.0,
                "weighted": 0.5,
                "details": {
                    "judge": "fake",
                    "verdicts": [
                        {
                            "criterion": "short",
                            "label": "yes",
                            "share": 1.0,
                            "reason": "",
                            "evidence": "",
                            "met": True,
                            "samples": ["yes"],
                        }
                    ],
                    "said": "",
                    "calls": 1,
                    "input_tokens": 7,
                    "output_tokens": 3,
                    "cache_read_tokens": 0,
                    "cache_write_tokens": 0,
                },
            },
        },
    }


def test_an_abstention_is_told_with_its_cause() -> None:
    judge = JudgeOf(lambda _: JudgeUnavailable("fake: down"))
    items = [rollout("A: 4")]
    (row,) = trace_rows(items, reward(MATH, STYLE, judge=judge).score(items), at=AT)
    assert row["abstained"] == {"cause": "judge_unavailable", "detail": "style: fake: down"}
    assert row["terms"]["style"] == {
        "abstained": {"cause": "judge_unavailable", "detail": "fake: down"}
    }
    assert row["terms"]["math"]["value"] == 1.0


def test_items_without_a_rollout_leave_no_row() -> None:
    items: list[Item] = [rollout(id="a"), BadItem("b", "no messages"), rollout(id="c")]
    assert [row["id"] for row in trace_rows(items, reward(MATH).score(items), at=AT)] == ["a", "c"]


def test_share_keeps_whole_groups() -> None:
    found = rows(0.3)
    sizes: dict[str, int] = {}
    for row in found:
        sizes[row["group"]] = sizes.get(row["group"], 0) + 1
    assert set(sizes.values()) == {4}
    assert 30 < len(sizes) < 90, "about 60 of 200"


def test_share_of_all_and_none() -> None:
    assert len(rows(1.0)) == 800
    assert rows(0.0) == []


def test_a_smaller_share_is_part_of_a_larger_one() -> None:
    names = {share: {row["group"] for row in rows(share)} for share in (0.1, 0.5)}
    assert names[0.1] < names[0.5]


@pytest.mark.parametrize("group", ["", "g", "é", "\ud800"])
def test_whether_a_group_is_kept_never_changes(group: str) -> None:
    assert [kept(group, share) for share in (0.0, 1.0)] == [False, True]
    assert kept(group, 0.5) == kept(group, 0.5)


def test_pack_is_deterministic_json_lines() -> None:
    found = rows(1.0, groups=2)
    packed = pack(found)
    assert packed == pack(rows(1.0, groups=2))
    lines = gzip.decompress(packed).decode().splitlines()
    assert [json.loads(line) for line in lines] == found


def test_pack_keeps_a_row_on_one_line_whatever_it_holds() -> None:
    packed = pack([{"response": "a\nb\u2028\ud800"}, {"response": "c"}])
    assert len(gzip.decompress(packed).splitlines()) == 2
    assert pack([]) == gzip.compress(b"", compresslevel=6, mtime=0)


def test_outcomes_must_belong_to_the_items() -> None:
    items = [rollout(), rollout()]
    with pytest.raises(ValueError, match="shorter"):
        list(trace_rows(items, reward(MATH).score(items)[:1], at=AT))
