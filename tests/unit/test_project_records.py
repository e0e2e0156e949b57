"""Records that a spec names in another format or shape: converted, checked in place, sent as lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.project import Project

SPEC = """\
project: walls
model: amazon.nova-2-lite-v1:0:256k
data:
  train: {train}
{more}reward:
  range: [0, 1]
  terms:
    - {{type: match, name: right}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)

    def make(train: str, more: str = "") -> Project:
        file = tmp_path / "nova-rft.yaml"
        file.write_text(SPEC.format(train=train, more=more))
        return Project.load(file)

    return make


def questions(folder: Path, count: int, *, broken: int = 0) -> None:
    rows = [f"What is {n}?,{n},easy" for n in range(count)]
    if broken:
        rows[broken] = " ,1,easy"
    (folder / "q.csv").write_text("question,answer,level\n" + "\n".join(rows) + "\n")


def test_columns_become_records(project: Any, tmp_path: Path) -> None:
    questions(tmp_path, 120)
    made = project("q.csv", "  columns: {prompt: question, completion: answer}\n")
    (checked,) = made.check()
    assert (checked[0], checked[1].records, checked[1].findings) == ("q.csv", 120, [])
    lines = made.records("q.csv").path.read_text().splitlines()
    assert json.loads(lines[7]) == {
        "level": "easy",
        "messages": [{"role": "user", "content": "What is 7?"}],
        "reference_answer": "7",
    }


def test_findings_stand_where_the_user_wrote_them(project: Any, tmp_path: Path) -> None:
    questions(tmp_path, 120, broken=3)
    ((name, checked),) = project(
        "q.csv", "  columns: {prompt: question, completion: answer}\n"
    ).check()
    assert checked.records == 119
    assert [(one.file, one.line, one.rule) for one in checked.findings] == [
        (name, 5, "shape.needs")
    ]


def test_rules_broken_by_a_converted_record_name_its_row(project: Any, tmp_path: Path) -> None:
    rows = [{"messages": [{"role": "user", "content": f"{n}?"}]} for n in range(120)]
    for n, row in enumerate(rows):
        row["reference_answer"] = str(n)  # type: ignore[assignment]
    rows[8]["id"] = 5  # type: ignore[assignment]
    (tmp_path / "r.json").write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]")
    ((_, checked),) = project("r.json").check()
    assert [(one.file, one.line, one.rule) for one in checked.findings] == [
        ("r.json", 10, "rft.id")
    ]


def test_json_lines_are_taken_as_they_are(project: Any, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("{}\n")
    assert project("r.jsonl").records("r.jsonl").path == tmp_path / "r.jsonl"
    assert not (tmp_path / ".nova-rft").exists()


def test_a_missing_file_is_a_finding(project: Any) -> None:
    ((_, checked),) = project("gone.csv").check()
    assert [one.rule for one in checked.findings] == ["data.missing"]


def test_columns_for_a_shape_without_columns_are_refused(project: Any) -> None:
    from nova_rft.spec import InvalidSpec

    with pytest.raises(InvalidSpec, match="columns name nothing in records of the shape chat"):
        project("r.jsonl", "  shape: chat\n  columns: {prompt: question}\n")
