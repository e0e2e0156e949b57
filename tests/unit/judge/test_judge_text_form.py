"""The text forms of an answer: the one place that counts, strict JSON, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_rft.judge import JudgeReply, UnreadableVerdict, Usage
from nova_rft.judge.models import read_object, schema_in, text_answer, text_system
from nova_rft.judge.rubric import read_verdicts, rubric_request
from tests.unit.judge.judges import criterion, request, rollout, verdicts

NONCE = "0123456789abcdef"
OPEN, CLOSE = f"<<<ANSWER {NONCE}>>>", f"<<<END ANSWER {NONCE}>>>"


@pytest.mark.parametrize(
    "text",
    [
        f'{OPEN}\n{{"a": 1}}\n{CLOSE}',
        f'I think.\n\n{OPEN}\n{{"a": 1}}\n{CLOSE}\n',
        f'{OPEN} \r\n{{\n  "a": 1\n}}\r\n{CLOSE}\r\nThat is all.',
    ],
)
def test_the_object_between_the_lines_is_the_answer(text: str) -> None:
    assert text_answer(text, NONCE) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        f'{OPEN}\n{{"a": 1}}',
        f'{{"a": 1}}\n{CLOSE}',
        f'{OPEN}{{"a": 1}}{CLOSE}',
        f'{OPEN}\n{{"a": 1}}\n{CLOSE}\n{OPEN}\n{{"a": 2}}\n{CLOSE}',
        f'{OPEN}\n{{"a": 1}}\n{CLOSE}\n{CLOSE}',
        f'{CLOSE}\n{{"a": 1}}\n{OPEN}',
        f'{OPEN}\n```json\n{{"a": 1}}\n```\n{CLOSE}',
        f'{OPEN}\n{{"a": 1}} {{"a": 2}}\n{CLOSE}',
        f'{OPEN}\n{{"a": 1, "a": 2}}\n{CLOSE}',
        f'{OPEN}\n{{"a": NaN}}\n{CLOSE}',
        f'{OPEN}\n{{"a": 1e999}}\n{CLOSE}',
        f"{OPEN}\n[1]\n{CLOSE}",
        f"{OPEN}\n\n{CLOSE}",
        f'<<<ANSWER {NONCE[::-1]}>>>\n{{"a": 1}}\n<<<END ANSWER {NONCE[::-1]}>>>',
    ],
)
def test_anything_else_is_no_answer(text: str) -> None:
    assert text_answer(text, NONCE) is None


@given(st.text())
def test_arbitrary_text_is_no_answer_and_no_error(text: str) -> None:
    assert text_answer(text, NONCE) is None


@given(st.text(), st.text())
def test_whatever_stands_around_the_answer_changes_nothing(before: str, after: str) -> None:
    found = text_answer(f'{before}\n{OPEN}\n{{"a": 1}}\n{CLOSE}\n{after}', NONCE)
    assert found == {"a": 1}


@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1")), st.none()))
def test_reading_an_object_never_raises(given_text: Any) -> None:
    found = read_object(given_text)
    assert found is None or isinstance(found, dict)


def test_deep_nesting_is_no_object() -> None:
    assert read_object("[" * 200_000) is None
    assert read_object('{"a":' * 200_000) is None


GOOD = {"verdicts": verdicts(short=True, kind=False)}


@given(st.data())
def test_a_mutated_answer_is_read_exactly_or_not_at_all(data: st.DataObject) -> None:
    rubric = [criterion("short"), criterion("kind")]
    asked = rubric_request(rubric, rollout("four"))
    body = json.dumps({"nonce": asked.nonce, **GOOD})
    good = f"<<<ANSWER {asked.nonce}>>>\n{body}\n<<<END ANSWER {asked.nonce}>>>"
    place = data.draw(st.integers(0, len(good)))
    length = data.draw(st.integers(0, 12))
    text = good[:place] + data.draw(st.text(max_size=12)) + good[place + length :]
    reply = JudgeReply(text_answer(text, asked.nonce), text, Usage(), "end")
    try:
        found = read_verdicts(reply, asked, rubric)
    except UnreadableVerdict:
        return
    # Reasons and evidence may be anything; names and verdicts only what was asked for.
    assert [verdict.criterion for verdict in found] == ["short", "kind"]
    assert all(verdict.label in ("yes", "no") for verdict in found)


def test_the_schema_can_be_read_back() -> None:
    asked = request()
    system = text_system(asked)
    assert system.startswith(asked.system)
    assert schema_in(system) == asked.tool.schema
    assert schema_in(asked.system) is None
    assert schema_in(system + " more") is None
