"""The rules for RFT records: each broken alone, all found, the real records clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import (
    Asked,
    Finding,
    RecordCheck,
    check_records_of,
    file_source,
    read_bytes_lines,
)

USER = {"role": "user", "content": "What is 2 + 2?"}
GOOD = {"messages": [USER], "reference_answer": "4"}


def check(*records: Any, **settings: Any) -> RecordCheck:
    settings.setdefault("training", False)
    raw = [
        record if isinstance(record, bytes) else json.dumps(record).encode() for record in records
    ]
    lines = [line + b"\n" for line in raw]
    return check_records_of(lambda: enumerate(lines, 1), "records.jsonl", Asked("rft", **settings))


def test_a_good_record_breaks_no_rule() -> None:
    full = {
        "id": "a",
        "messages": [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": ""},
            USER,
        ],
        "tools": [],
        "reference_answer": {"ground_truth": 4},
        "extra": {"difficulty": 1},
    }
    found = check(GOOD, full, needs_reference=True)
    assert (found.records, found.findings) == (2, [])


@pytest.mark.parametrize(
    ("record", "path", "rule", "said"),
    [
        (b'{"messages": ', "", "json.invalid", "not JSON: Expecting value"),
        (b'{"messages": "\xff"}', "", "file.encoding", "is not UTF-8"),
        ([], "", "json.object", "should be an object with messages"),
        ("text", "", "json.object", "should be an object with messages"),
        (None, "", "json.object", "should be an object with messages"),
        (
            {"reference_answer": "4"},
            "messages",
            "rft.messages",
            "is missing; add the chat turns of the prompt",
        ),
        ({**GOOD, "messages": "Hi"}, "messages", "rft.messages", "should be a list of turns"),
        (
            {**GOOD, "messages": [{"role": "user"}]},
            "messages[0].content",
            "rft.messages",
            "should be a text or a list of text blocks",
        ),
        (
            {**GOOD, "messages": [{"role": "human", "content": "Hi"}, USER]},
            "messages[0].role",
            "rft.role",
            "'human' is not a role; use system, developer, user, assistant, tool",
        ),
        (
            {**GOOD, "messages": [{"role": "system", "content": " \n"}, USER]},
            "messages[0].content",
            "rft.empty",
            "is empty; a turn needs text",
        ),
        ({**GOOD, "messages": []}, "messages", "rft.no_user_turn", "no user turn"),
        (
            {**GOOD, "messages": [{"role": "system", "content": "Be short."}]},
            "messages",
            "rft.no_user_turn",
            "no user turn; a prompt asks something",
        ),
        (
            {**GOOD, "messages": [USER, {"role": "assistant", "content": "4"}]},
            "messages[1]",
            "rft.last_turn",
            "the last turn is the assistant's; the policy writes that one",
        ),
        ({**GOOD, "id": 7}, "id", "rft.id", "7 should be a string"),
        ({**GOOD, "id": None}, "id", "rft.id", "None should be a string"),
    ],
)
def test_one_broken_rule_is_one_finding(record: Any, path: str, rule: str, said: str) -> None:
    found = check(GOOD, record, {**GOOD, "reference_answer": "5"}, needs_reference=True)
    (finding,) = found.findings
    assert found.records == 3
    assert (finding.file, finding.line, finding.path) == ("records.jsonl", 2, path)
    assert (finding.rule, finding.severity) == (rule, "error")
    assert finding.message.startswith(said)


def test_an_id_twice_names_the_first() -> None:
    records = [{**GOOD, "id": given, "reference_answer": n} for n, given in enumerate("abaa")]
    found = check(*records)
    assert [(finding.line, finding.rule) for finding in found.findings] == [
        (3, "record.id_twice"),
        (4, "record.id_twice"),
    ]
    assert {finding.message for finding in found.findings} == {"'a' is also the id of line 1"}


@pytest.mark.parametrize("reference", [None, "", " ", {}, {"other": 1}, True])
def test_reference_is_asked_for_only_where_the_reward_compares(reference: Any) -> None:
    record = {"messages": [USER], "reference_answer": reference}
    assert check(record).findings == []
    (finding,) = check(record, needs_reference=True).findings
    assert (finding.path, finding.rule) == ("reference_answer", "rft.reference")


def test_all_findings_in_the_order_of_the_lines() -> None:
    found = check(
        {"messages": [{"role": "human", "content": ""}], "id": 1},
        b"{",
        GOOD,
        {"messages": 3},
        needs_reference=True,
    )
    assert [(finding.line, finding.rule) for finding in found.findings] == [
        (1, "rft.role"),
        (1, "rft.empty"),
        (1, "rft.no_user_turn"),
        (1, "rft.id"),
        (1, "rft.reference"),
        (2, "json.invalid"),
        (4, "rft.messages"),
    ]


@pytest.mark.parametrize(
    ("count", "fine"), [(0, False), (99, False), (100, True), (20_000, True), (20_001, False)]
)
def test_number_of_training_records(count: int, fine: bool) -> None:
    lines = [json.dumps({**GOOD, "reference_answer": n}).encode() + b"\n" for n in range(count)]
    found = check_records_of(lambda: enumerate(lines, 1), "records.jsonl", Asked("rft"))
    assert found.records == count
    if fine:
        assert found.findings == []
    else:
        (finding,) = found.findings
        assert (finding.line, finding.rule) == (0, "rft.count")
        assert finding.message.startswith(
            f"{count} training records; the service takes 100 to 20,000 (Amazon Bedrock User Guide"
        )


def test_number_of_validation_records_is_free() -> None:
    assert check(GOOD).findings == []
    assert check().records == 0


def test_blank_lines_are_no_records() -> None:
    found = check(b"", GOOD, b"")
    assert (found.records, found.findings) == (1, [])


@pytest.mark.parametrize(
    ("name", "records", "training"),
    [
        ("aws-train.jsonl", 300, True),
        ("aws-validation.jsonl", 100, False),
        ("train.jsonl", None, True),
        ("validation.jsonl", None, False),
    ],
)
def test_real_records_are_clean(
    example: Path, name: str, records: int | None, training: bool
) -> None:
    asked = Asked("rft", training=training, needs_reference=True)
    found = check_records_of(file_source(example / "data" / name), name, asked)
    assert found.findings == []
    assert found.records == records or records is None
    assert found.records >= 100


def test_example_is_made_of_all_problems(example: Path) -> None:
    counts = [
        sum(1 for _ in read_bytes_lines(example / "data" / name))
        for name in ("train.jsonl", "validation.jsonl")
    ]
    assert sum(counts) == 1319


def test_findings_of_a_file_are_findings() -> None:
    assert all(isinstance(finding, Finding) for finding in check(b"{").findings)
