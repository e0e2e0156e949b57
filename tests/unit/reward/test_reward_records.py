"""What a reward needs of the records, and what its judges will be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.reward import JudgeCalls, check_records, judge_calls
from nova_rft.spec import RewardSpec

MODEL = {"provider": "scripted"}
RUBRIC = {"name": "r", "type": "rubric", "model": MODEL, "criteria": ["tone", "accuracy"]}
PAIRS = {"name": "p", "type": "preference", "model": MODEL}
QUIZ = {"name": "q", "type": "quiz", "model": MODEL, "source": "document"}
JURY = {"name": "j", "type": "jury", "judges": [RUBRIC, PAIRS]}


def reward(*terms: dict[str, Any]) -> RewardSpec:
    return RewardSpec.model_validate({"terms": list(terms), "range": [0, 1]})


def found(tmp_path: Path, term: dict[str, Any], **fields: Any) -> list[str]:
    record = {"messages": [{"role": "user", "content": "Hi"}], **fields}
    file = tmp_path / "records.jsonl"
    file.write_text(json.dumps(record) + "\n")
    findings = check_records(reward(term), file, training=False).findings
    return [f"{finding.path} [{finding.rule}] {finding.message}" for finding in findings]


def test_a_record_without_a_comparison_response(tmp_path: Path) -> None:
    nothing: list[dict[str, Any]] = [
        {},
        *({"comparisons": given} for given in ([], [" "], 3)),
    ]
    for given in nothing:
        for term in (PAIRS, JURY, {**PAIRS, "against": "both"}):
            (problem,) = found(tmp_path, term, **given)
            assert problem.startswith(
                "comparisons [rft.comparison] has no comparison response for the term p"
            )
    for good in ("a text", ["a", "b"], [{"text": "a"}], {"response": "a"}):
        assert found(tmp_path, PAIRS, comparisons=good) == []
        assert found(tmp_path, PAIRS, metadata={"comparisons": good}) == []
    assert found(tmp_path, {**PAIRS, "against": "siblings"}) == []


def test_a_record_whose_criteria_cannot_be_used(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, RUBRIC, rubric=["acuracy"])
    assert problem.startswith("rubric [rft.criteria] [0]: acuracy is no criterion of the library")
    assert found(tmp_path, RUBRIC, rubric=["safety"]) == []
    (problem,) = found(tmp_path, {**RUBRIC, "criteria": []})
    assert "neither the spec nor the record has a criterion" in problem


def test_a_record_without_a_source_to_quiz(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, QUIZ)
    assert problem.startswith("document [rft.quiz] holds no text to ask questions on")
    assert found(tmp_path, QUIZ, document="A lease.") == []
    assert found(tmp_path, {**QUIZ, "source": "prompt"}) == []


@pytest.mark.parametrize(
    ("term", "calls"),
    [
        (RUBRIC, 4),
        ({**RUBRIC, "calls": "each", "samples": 3}, 24),
        ({**RUBRIC, "aggregate": "holistic", "calls": "each"}, 4),
        (PAIRS, 16),
        ({**PAIRS, "both_orders": False}, 8),
        ({**PAIRS, "against": "siblings"}, 12),
        ({**PAIRS, "against": "siblings", "method": "swiss"}, 8),
        ({**PAIRS, "against": "siblings", "method": "listwise"}, 2),
        ({**PAIRS, "against": "both"}, 28),
    ],
)
def test_calls_for_a_prompt_of_four_rollouts(term: dict[str, Any], calls: int) -> None:
    (counted,) = judge_calls(reward(term).terms, 4, comparisons=2)
    assert counted == JudgeCalls(term["name"], calls)


def test_jurors_are_counted_one_by_one_and_a_quiz_costs_once_more() -> None:
    counted = list(judge_calls(reward(JURY, QUIZ).terms, 4))
    assert counted == [JudgeCalls("r", 4), JudgeCalls("p", 8), JudgeCalls("q", 4, per_source=3)]
