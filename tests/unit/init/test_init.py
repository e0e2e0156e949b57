"""Projects to begin with: each template passes check, and nothing that is there is written over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft import Project
from nova_rft.errors import FindingsError, UsageError
from nova_rft.init import TEMPLATES, write_own, write_template
from tests.support import run_program, stdout_json


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_a_project_that_passes_check(name: str, tmp_path: Path) -> None:
    written = write_template(name, tmp_path / "mine", "mine")
    specs = sorted(written.folder.glob("*.yaml"))
    assert written.folder / "nova-rft.yaml" in specs
    for file in specs:
        project = Project.load(file)
        assert project.spec.project.startswith("mine")
        # That an example's records are right is tested with the examples; some run programs for it.
        if name != "code-debugging":
            assert [finding for _, found in project.check() for finding in found.findings] == []
    assert len({Project.load(file).spec.project for file in specs}) == len(specs)
    for command in written.then:
        for word in command.split():
            if word.endswith((".yaml", ".jsonl")):
                assert (written.folder / word).is_file(), command


def _rft(**more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "1+1?"}], **more}


_CHAT = {"messages": [*_rft()["messages"], {"role": "assistant", "content": "2"}]}


def _turns(*roles: str) -> dict[str, Any]:
    turns = [{"role": role, "content": [{"text": "Hello"}]} for role in roles]
    return {"schemaVersion": "bedrock-conversation-2024", "messages": turns}


@pytest.mark.parametrize(
    ("record", "technique", "terms"),
    [
        (_rft(reference_answer="2"), "rft", ["match"]),
        (_rft(reference_answer="a long answer with many words in it, all of them prose"), "rft",
         ["rubric", "linear_length"]),
        (_rft(), "rft", ["rubric", "linear_length"]),
        (_CHAT, "sft", []),
        (_turns("user", "assistant"), "sft", []),
        (_turns("user"), "distillation", []),
        ({"prompt": "a", "completion": "b"}, "sft", []),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "dpo", []),
        ({"text": "An article."}, "cpt", []),
    ],
)  # fmt: skip
def test_records_say_what_they_are_for(
    record: dict[str, Any], technique: str, terms: list[str], tmp_path: Path
) -> None:
    data = tmp_path / "some.jsonl"
    data.write_text("".join(json.dumps(record) + "\n" for _ in range(3)))
    written = write_own(data, tmp_path / "mine", "mine")
    spec = Project.load(written.folder / "nova-rft.yaml").spec
    assert spec.technique == technique
    assert [term.type for term in (spec.reward.terms if spec.reward else ())] == terms
    assert (written.folder / spec.data.train).read_bytes() == data.read_bytes()


def test_records_that_nothing_is_known_of_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "some.jsonl"
    data.write_text('{"frage": "a", "antwort": "b"}\n')
    with pytest.raises(FindingsError, match="nothing is known of records with frage, antwort"):
        write_own(data, tmp_path / "mine", "mine")
    assert not (tmp_path / "mine").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(UsageError, match="something is there already"):
        write_template("maths", tmp_path, "mine")
    assert [one.name for one in tmp_path.iterdir()] == ["kept.txt"]


def test_an_empty_folder_that_is_there_is_filled_the_working_folder_too(tmp_path: Path) -> None:
    done = run_program("init", ".", "--template", "maths", "--project", "sums", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "  cd " not in done.stderr, "one is there already"
    assert "  nova-rft check\n" in done.stderr
    assert {"nova-rft.yaml", "data", "rewards.py"} <= {one.name for one in tmp_path.iterdir()}
    assert not list(tmp_path.glob(".*"))
    assert Project.load(tmp_path / "nova-rft.yaml").spec.project == "sums"


def test_records_are_not_passed_over_for_a_template(tmp_path: Path) -> None:
    done = run_program("init", "x", "--template", "maths", "--data", "a.jsonl", folder=tmp_path)
    assert done.returncode == 2
    assert "--data a.jsonl goes not with --template maths" in done.stderr


@pytest.mark.parametrize("name", ["Mine", "9lives", "a" * 25, "a--b"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be a project's"):
        write_template("maths", tmp_path / "mine", name)


def test_the_command_names_the_project_after_its_folder(tmp_path: Path) -> None:
    told = stdout_json(
        run_program("init", "My Tone", "--template", "support-tone", "--json", folder=tmp_path)
    )
    assert told["then"][0] == "nova-rft check"
    assert Project.load(tmp_path / "My Tone" / "nova-rft.yaml").spec.project == "my-tone"


def test_where_nobody_can_be_asked_the_option_is_named(tmp_path: Path) -> None:
    done = run_program("init", folder=tmp_path)
    assert done.returncode == 2
    assert "give --template, one of summaries, " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_template_is_answered_with_those_that_are(tmp_path: Path) -> None:
    done = run_program("init", "mine", "--template", "poems", folder=tmp_path)
    assert done.returncode == 2
    assert "no template poems" in done.stderr
    assert "support-tone" in done.stderr
