"""The scripted judge, and recordings answered again without a model."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nova_rft.errors import JudgeRefused, JudgeUnavailable, UsageError
from nova_rft.judge import Form, RecordingModel, ReplayModel, ScriptedModel, ask_all
from nova_rft.judge.rubric import read_verdicts, rubric_request

from .judges import FakeModel, criterion, request, rollout

RUBRIC = [criterion("steps"), criterion("consistent"), criterion("on_task", -1)]
PROMPT = "Natalia sold clips to 48 friends in April and half as many in May."


def test_scripted_answers_every_criterion_and_says_what_it_is() -> None:
    asked = rubric_request(RUBRIC, rollout("Natalia sold 48 clips.", prompt=PROMPT))
    answer = ScriptedModel().ask(asked)
    found = read_verdicts(answer, asked, RUBRIC)
    assert [verdict.criterion for verdict in found] == ["steps", "consistent", "on_task"]
    assert answer.text == "scripted judge: surface rules, no model has read this"
    assert all(verdict.reason.startswith("scripted rule: ") for verdict in found)
    assert answer.usage.input_tokens > 0
    assert ScriptedModel.name == "scripted"


def test_scripted_always_says_the_same() -> None:
    asked = rubric_request(RUBRIC, rollout("Natalia sold 48 clips.", prompt=PROMPT))
    assert ScriptedModel().ask(asked) == ScriptedModel().ask(asked)


def test_scripted_tells_responses_and_criteria_apart() -> None:
    def met(response: str) -> list[bool]:
        asked = rubric_request(RUBRIC, rollout(response, prompt=PROMPT))
        return [v.share == 1 for v in read_verdicts(ScriptedModel().ask(asked), asked, RUBRIC)]

    words = PROMPT.rstrip(".").split()
    seen = {tuple(met(" ".join(words[:count]))) for count in range(len(words) + 1)}
    assert met("") == [False] * 3
    assert met(PROMPT) == [True] * 3
    assert len(seen) > 2, "criteria differ in how much they ask for"


def test_scripted_is_not_moved_by_a_quoted_request() -> None:
    """It reads the section that the fence marks, not one that the response fakes."""
    inner = rubric_request(RUBRIC, rollout(PROMPT, prompt=PROMPT)).user
    asked = rubric_request(RUBRIC, rollout(f"x\n{inner}", prompt="Something else entirely 99?"))
    found = read_verdicts(ScriptedModel().ask(asked), asked, RUBRIC)
    assert not any(verdict.share == 1 for verdict in found)


def record(tmp_path: Path, *users: str) -> Path:
    file = tmp_path / "said.jsonl"
    with file.open("w") as stream:
        model = RecordingModel(FakeModel(lambda asked: {"said": asked.user}), stream)
        assert (model.name, model.concurrency) == ("fake", 4)
        ask_all(model, [request(user) for user in users])
    return file


def test_what_was_recorded_is_replayed(tmp_path: Path) -> None:
    users = ["a", "b é \ud800", 'c"\n']
    file = record(tmp_path, *users)
    assert len(file.read_text().splitlines()) == 3
    original = FakeModel(lambda asked: {"said": asked.user})
    replayed = ReplayModel(file)
    assert replayed.name == f"replay:{file}"
    for user in users:
        assert replayed.ask(request(user)) == original.ask(request(user))


def test_replay_does_not_mind_the_form(tmp_path: Path) -> None:
    asked = replace(request("a"), form=Form.TEXT)
    assert ReplayModel(record(tmp_path, "a")).ask(asked).call == {"said": "a"}


def test_each_sample_is_a_reading_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(JudgeRefused):
        ReplayModel(record(tmp_path, "a")).ask(replace(request("a"), sample=1))


def test_an_unknown_question_is_refused(tmp_path: Path) -> None:
    replayed = ReplayModel(record(tmp_path, "a"))
    with pytest.raises(JudgeRefused, match="holds no reply to this question; record it"):
        replayed.ask(request("b"))
    with pytest.raises(JudgeRefused):
        replayed.ask(request("a", name="other"))


def test_an_error_is_not_recorded() -> None:
    stream = io.StringIO()
    model = RecordingModel(FakeModel(lambda _: JudgeUnavailable("fake: down")), stream)
    with pytest.raises(JudgeUnavailable):
        model.ask(request())
    assert stream.getvalue() == ""


def test_recording_from_many_threads_keeps_lines_whole() -> None:
    stream = io.StringIO()
    model = RecordingModel(FakeModel(lambda _: {"a": "b" * 500}, concurrency=8), stream)
    ask_all(model, [request(str(n)) for n in range(100)])
    assert len([json.loads(line) for line in stream.getvalue().splitlines()]) == 100


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '"text"',
        "7",
        "null",
        "{}",
        '{"request": "x", "call": 1, "text": "", "usage": 5, "stop_reason": ""}',
        '{"request": [], "call": 1, "text": "", "usage": {}, "stop_reason": ""}',
        '{"request": "x", "call": 1, "text": "", "usage": {"tokens": 1}, "stop_reason": ""}',
    ],
)
def test_what_is_no_recording_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    file = record(tmp_path, "a")
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(UsageError, match=r"said\.jsonl:2: no recorded reply; name a file written"):
        ReplayModel(file)


def test_missing_recording(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        ReplayModel(tmp_path / "none.jsonl")
