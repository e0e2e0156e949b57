"""Which rollouts stand on the page, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.grpo import advantages
from nova_rft.report import ReportInput, render_html, summarise
from nova_rft.report._kinds import KINDS
from nova_rft.report._shown import Reading

from .making import make_row, make_spec


def reading(rows: list[dict[str, Any]], **more: Any) -> Reading:
    found = summarise(ReportInput(make_spec(), None, rows, **more)).reading
    assert found is not None
    return found


ROWS = [
    make_row(1, group="a", right=1.0, style=1.0),
    make_row(2, group="a", right=0.0, style=1.0, response="five"),
    make_row(3, group="b", right=0.0, style=0.0),
    make_row(4, group="b", right=0.0, style=0.0),
    make_row(5, group="c", right=1.0, style=None),
]


def test_siblings_stand_together_the_best_first_with_their_advantage() -> None:
    (first, *others) = reading(ROWS).groups
    assert [one.id for one in first.rollouts] == ["a-1", "a-2"]
    expected = advantages([1.5, 0.5], ["a", "a"])
    assert [one.advantage for one in first.rollouts] == pytest.approx(list(expected))
    assert (first.low, first.high) == (0.5, 1.5)
    assert {one.advantage for group in others for one in group.rollouts} == {0.0}


def test_evidence_is_marked_or_named_as_not_there() -> None:
    right, wrong = reading(ROWS).groups[0].rollouts
    assert [(one.text, one.tone) for one in right.pieces] == [("2 + 2 ", ""), ("= 4", "good")]
    assert right.unfound == []
    assert [(one.text, one.tone) for one in wrong.pieces] == [("five", "")]
    assert wrong.unfound == ["clear"]


def test_each_group_has_its_kinds() -> None:
    penalised = make_row(6, group="d")
    penalised["terms"]["math"]["weighted"] = -0.5
    kinds = {one.name: one.kinds for one in reading([*ROWS, penalised]).groups}
    # One rollout of a: its judge is content and its verifier is not.
    assert set(kinds["a"]) - {"best"} == {"different", "disagreement"}
    assert kinds["b"] == ["worst"]
    assert kinds["c"] == ["abstained"]
    assert set(kinds["d"]) - {"best"} == {"penalised"}
    # A quarter of four groups is one, whichever has the highest reward.
    assert sum("best" in mine for mine in kinds.values()) == 1
    assert [kind for one in kinds.values() for kind in one if kind not in KINDS] == []


def test_jurors_that_part_are_a_disagreement() -> None:
    row = make_row(1)
    row["terms"]["style"]["details"]["jurors"] = {"x": {"value": 0.2}, "y": {"value": 0.9}}
    assert "disagreement" in reading([row, make_row(2)]).groups[0].kinds


def test_a_page_takes_some_of_each_kind_and_says_what_it_leaves() -> None:
    rows = [
        make_row(
            n, group=f"g{n // 4}", right=1.0, style=None if n == 1_999 else 1.0, event=n // 400
        )
        for n in range(2_000)
    ]
    found = reading(rows, traces="s3://bucket/traces/3/")
    assert (len(found.groups), found.rollouts) == (40, 160)
    assert (found.of_rollouts, found.of_groups) == (2_000, 500)
    assert sum("abstained" in one.kinds for one in found.groups) == 1
    page = render_html(summarise(ReportInput(make_spec(), None, rows, traces="s3://b/traces/3/")))
    assert "1,840 others of 460 prompts are left out" in page
    assert "<code>s3://b/traces/3/</code>" in page


def test_one_prompt_beyond_the_room_is_there_all_the_same() -> None:
    rows = [make_row(n, response="&" * 3_000, event=0) for n in range(300)]
    found = reading(rows)
    assert (len(found.groups), found.rollouts) == (1, 300)


def test_what_cannot_be_seen_is_shown_by_its_number() -> None:
    (group,) = reading([make_row(1, response="a\u202eb\x00\tc\nd")]).groups
    assert group.rollouts[0].pieces[0].text == "a[U+202E]b[U+0000]\tc\nd"
