"""Bedrock's invocation logs as records: calls that are examples, and why others are not."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.data import Asked, check_records_of
from nova_rft.data.shapes import LeftOut, Unconvertible, convert
from nova_rft.data.source import Conversion, line_of

# As Bedrock writes them (schema 1.0), shortened.
CALL: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-03-11T00:38:02Z",
    "accountId": "111122223333",
    "region": "us-east-1",
    "requestId": "r-1",
    "operation": "Converse",
    "modelId": "amazon.nova-lite-v1:0",
    "input": {
        "inputContentType": "application/json",
        "inputBodyJson": {
            "system": [{"text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"text": "Why?"}]}],
            "inferenceConfig": {"maxTokens": 512},
        },
        "inputTokenCount": 4,
    },
    "output": {
        "outputContentType": "application/json",
        "outputBodyJson": {
            "output": {"message": {"role": "assistant", "content": [{"text": "Because."}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 4, "outputTokens": 2},
        },
        "outputTokenCount": 2,
    },
}


def test_a_call_is_an_example() -> None:
    found = convert(CALL, "logs", "sft")
    assert found.lost == []
    assert found.record == {
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Why?"}]},
            {"role": "assistant", "content": [{"text": "Because."}]},
        ],
    }
    assert convert(CALL, "logs", "rft").record["reference_answer"] == "Because."


def without(side: str) -> dict[str, Any]:
    body = {f"{side}BodyS3Path": "s3://logs/data/x.json.gz"}
    return {**CALL, side: body}


def ended(reason: str) -> dict[str, Any]:
    output = {**CALL["output"]["outputBodyJson"], "stopReason": reason}
    return {**CALL, "output": {"outputBodyJson": output}}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({**CALL, "errorCode": "ThrottlingException"}, "the call failed (ThrottlingException)"),
        ({**CALL, "operation": "ApplyGuardrail"}, "the operation ApplyGuardrail asks no model"),
        (without("input"), "its input is too long for the log"),
        (without("output"), "its output is too long for the log"),
        (ended("max_tokens"), "the answer ended with max_tokens"),
        ({**CALL, "output": {"outputBodyJson": [{"chunk": 1}]}}, "its output was not logged as"),
        (
            {**CALL, "output": {"outputBodyJson": {"completion": "So."}}},
            "was not called as Converse has it",
        ),
    ],
)
def test_what_is_no_example_has_its_reason(entry: dict[str, Any], reason: str) -> None:
    with pytest.raises(LeftOut) as left_out:
        convert(entry, "logs", "sft")
    assert reason in str(left_out.value)


def test_what_is_no_log_is_refused() -> None:
    with pytest.raises(Unconvertible, match="no entry of an invocation log"):
        convert({"messages": []}, "logs", "sft")


def test_what_is_left_out_is_counted() -> None:
    lines = [line_of(CALL), line_of(ended("max_tokens")), line_of(ended("max_tokens"))]
    wanted = Conversion("logs", "sft")
    for _ in range(2):  # Counts are those of the last reading.
        found = check_records_of(
            wanted.of(lambda: enumerate(lines, 1)), "r", Asked("sft", training=False)
        )
    assert (found.records, found.findings) == (1, [])
    assert [(one.rule, one.message) for one in wanted.findings("r")] == [
        ("shape.left_out", "2 left out: the answer ended with max_tokens")
    ]


@pytest.mark.parametrize("shape", ["chat", "converse", "columns", "pairs"])
@pytest.mark.parametrize(
    "record",
    [{}, {"messages": "x"}, {"messages": [1]}, {"messages": [{"role": 3}]}, {"prompt": 3}],
)
def test_records_of_another_shape_are_refused_in_words(shape: str, record: dict[str, Any]) -> None:
    with pytest.raises(Unconvertible):
        convert(record, shape, "sft")
