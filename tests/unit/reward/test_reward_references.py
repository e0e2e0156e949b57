"""`check` before money is spent: references that verifiers do not pay, terms that cannot be made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import Finding
from nova_rft.reward import check_records, check_terms
from nova_rft.spec import RewardSpec


def findings(tmp_path: Path, term: dict[str, Any], *records: dict[str, Any]) -> list[Finding]:
    reward = RewardSpec.model_validate({"range": [0, 1], "terms": [{"name": "t", **term}]})
    file = tmp_path / "records.jsonl"
    asked = [{"role": "user", "content": "What?"}]
    lines = [json.dumps({"messages": asked, **record}) for record in records]
    file.write_text("\n".join(lines) + "\n")
    found = check_records(reward, file, training=False, folder=tmp_path).findings
    return [one for one in found if one.rule == "rft.reference_score"]


def test_a_reference_that_is_paid_in_full_is_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path, {"type": "math"}, {"reference_answer": "so #### 4"}) == []
    assert findings(tmp_path, {"type": "choice"}, {"reference_answer": "B"}) == []
    assert findings(tmp_path, {"type": "rouge_l"}, {"reference_answer": "words"}) == []


@pytest.mark.parametrize(
    ("term", "record", "severity", "said"),
    [
        (
            {"type": "choice"},
            {"reference_answer": "the second"},
            "error",
            "cannot be scored: 'the second' is no choice of A, B, C, D (term t)",
        ),
        (
            {"type": "number", "units": True},
            {"reference_answer": "5"},
            "error",
            "cannot be scored: '5' is no number with a unit (term t)",
        ),
        (
            {"type": "code"},
            {
                "reference_answer": "def f(): return 1",
                "tests": [{"call": "f()", "output": 1}, {"call": "f()", "output": 2}],
            },
            "error",
            "gets 0.5 of 1 as a response: gave '1' (term t)",
        ),
        (
            {"type": "tags"},
            {"reference_answer": "4"},
            "warning",
            "gets 0 of 1 as a response: has no tags instead of <think>",
        ),
    ],
)
def test_what_is_not_paid_is_found_with_its_line(
    tmp_path: Path, term: dict[str, Any], record: dict[str, Any], severity: str, said: str
) -> None:
    fine: dict[str, Any] = {"reference_answer": "B", "tests": "pass"}
    (found, *_) = [one for one in findings(tmp_path, term, fine, record) if one.line == 2]
    assert found.severity == severity
    assert found.message.startswith(said.removesuffix(" (term t)"))
    assert found.path == "reference_answer"


def test_tests_of_a_record_are_read(tmp_path: Path) -> None:
    reward = RewardSpec.model_validate({"range": [0, 1], "terms": [{"name": "t", "type": "code"}]})
    file = tmp_path / "r.jsonl"
    asked = [{"role": "user", "content": "What?"}]
    rows: list[dict[str, Any]] = [
        {"tests": ["assert f() == 1"]},
        {"tests": [{"call": "f()"}]},
        {},
        {"tests": []},
    ]
    file.write_text("".join(json.dumps({"messages": asked, **row}) + "\n" for row in rows))
    found = check_records(reward, file, training=False).findings
    assert [(one.line, one.rule) for one in found] == [(line, "rft.tests") for line in (2, 3, 4)]
    assert "neither a text of asserts nor a case" in found[0].message


def test_terms_that_cannot_be_made_are_found(tmp_path: Path) -> None:
    terms: list[dict[str, Any]] = [
        {"type": "match", "how": "regex", "pattern": "("},
        {"type": "json_schema", "file": "none.json"},
        {"type": "python", "function": "nowhere:f"},
        {"type": "length_window", "max_length": 5, "unit": "tokens", "tokenizer": "t.json"},
        {"type": "kimi_length", "of": "t0", "unit": "tokens", "tokenizer": "t.json"},
        {"type": "rubric", "model": {"provider": "scripted"}, "criteria": ["tone"]},
    ]
    named = [{"name": f"t{place}", **term} for place, term in enumerate(terms)]
    given = {"range": [0, 1], "terms": named, "files": ["words.txt"]}
    found = list(check_terms(RewardSpec.model_validate(given), tmp_path, "spec.yaml"))
    assert [one.path for one in found] == [
        "reward.files",
        *(f"reward.terms[{place}]" for place in range(5)),
    ]
    assert all(one.severity == "error" for one in found)


def test_programs_of_many_records_are_run_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nova_rft.reward._references._PROGRAMS", 2)
    monkeypatch.setattr("nova_rft.reward._references._AT_ONCE", 2)
    reward = RewardSpec.model_validate({"range": [0, 1], "terms": [{"name": "t", "type": "code"}]})
    asked = [{"role": "user", "content": "What?"}]
    record = {"messages": asked, "reference_answer": "x = 1", "tests": "assert x == 2"}
    file = tmp_path / "r.jsonl"
    file.write_text("".join(json.dumps({**record, "n": n}) + "\n" for n in range(5)))
    few = check_records(reward, file, training=False).findings
    assert [one.line for one in few] == [1, 2, 0]
    assert few[-1].message == "only the first 2 were run (term t); --deep runs all"
    every = check_records(reward, file, training=False, deep=True).findings
    assert [one.line for one in every] == [1, 2, 3, 4, 5]
