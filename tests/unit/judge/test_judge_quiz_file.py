"""Quizzes written into a file of records, across runs that end early."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import record_rollout
from nova_rft.errors import JudgeUnavailable, UsageError
from nova_rft.judge import JudgeRequest
from nova_rft.judge.quiz import Written, quiz_problem, write_quizzes
from tests.unit.judge.judges import FakeModel
from tests.unit.judge.test_judge_quiz import SOURCE, honest, term


def records(file: Path, count: int = 40, **fields: Any) -> Path:
    lines = [
        {"id": f"r{n}", "messages": [{"role": "user", "content": f"{SOURCE} page={n}"}], **fields}
        for n in range(count)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def write(file: Path, out: Path, answer: Any = honest) -> tuple[Written, FakeModel]:
    model = FakeModel(answer)
    return write_quizzes(term(), file, out, model=model, writer=model), model


def test_every_record_gets_a_quiz_and_keeps_all_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out.jsonl"
    written, _ = write(records(tmp_path / "in.jsonl", note="ü"), out)
    assert (written.records, written.quizzed, written.questions) == (40, 40, 200)
    assert not written.without
    for n, line in enumerate(out.read_text().splitlines()):
        record = json.loads(line)
        assert (record["id"], record["note"], len(record["quiz"]["questions"])) == (f"r{n}", "ü", 5)
        rollout = record_rollout(record)
        assert rollout is not None
        assert quiz_problem(term(), rollout) is None


@pytest.mark.parametrize("torn", ["", '{"id": "r1'])
def test_a_run_that_ended_goes_on_where_it_was(tmp_path: Path, torn: str) -> None:
    file, out = records(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"

    def fails_late(request: JudgeRequest) -> Any:
        return JudgeUnavailable("throttled") if "page=20" in request.user else honest(request)

    with pytest.raises(JudgeUnavailable, match=rf"{file}:21: throttled; .* run the same again"):
        write(file, out, fails_late)
    done = out.read_text().splitlines()
    assert len(done) == 20
    with out.open("a") as stream:
        stream.write(torn)
    written, model = write(file, out)
    assert (written.records, written.quizzed) == (40, 40)
    assert not any("page=3 " in f"{request.user} " for request in model.asked), "not asked again"
    again = out.read_text().splitlines()
    assert again[:20] == done
    assert len(again) == 40
    _, idle = write(file, out)
    assert not idle.asked


def test_another_files_output_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    write(records(tmp_path / "in.jsonl"), out)
    before = out.read_bytes()
    other = records(tmp_path / "other.jsonl", lang="en")
    with pytest.raises(UsageError, match=r"out.jsonl:1: holds another record than .*other.jsonl"):
        write(other, out)
    assert out.read_bytes() == before


def test_a_record_without_a_usable_quiz_is_kept_and_named(tmp_path: Path) -> None:
    def knows_it_all(request: JudgeRequest) -> Any:
        knows = frozenset(("rent", "term", "notice", "city"))
        return honest(request, knows if "page=3" in request.user else frozenset())

    # Answered from nothing the text does not say which page it is, so the judge knows it on all.
    file, out = records(tmp_path / "in.jsonl", 2), tmp_path / "out.jsonl"
    file.write_text(
        file.read_text() + '{"id": "x", "messages": [{"role": "user", "content": " "}]}\n'
    )
    written, _ = write(file, out, knows_it_all)
    assert (written.records, written.quizzed) == (3, 2)
    assert written.without == [(3, "prompt holds no text to ask questions on")]
    assert "quiz" not in json.loads(out.read_text().splitlines()[2])


def test_an_own_quiz_is_put_to_the_test(tmp_path: Path) -> None:
    good = {"question": "What is the rent?", "options": ["900", "1", "2"], "right": "900"}
    bad = {"question": "What is the city?", "options": ["Rome", "Oslo", "Bern"], "right": "Rome"}
    more = [
        {"question": f"What is the {key}?", "options": [value, "1", "2"], "right": value}
        for key, value in (("term", "12"), ("notice", "3"))
    ]
    file = records(tmp_path / "in.jsonl", 1, quiz=[good, bad, *more])
    _, model = write(file, tmp_path / "out.jsonl")
    quiz = json.loads((tmp_path / "out.jsonl").read_text())["quiz"]
    assert [each["right"] for each in quiz["questions"]] == ["900", "12", "3"]
    assert (quiz["source_score"], quiz["empty_score"], quiz["dropped"]) == (1.0, 0.0, 1)
    assert not any(request.tool.name == "write_quiz" for request in model.asked)


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"messages": []}\nnot json\n')
    with pytest.raises(UsageError, match=r"in.jsonl:2: not JSON"):
        write(file, tmp_path / "out.jsonl")
