"""What is packed comes back as the same project, under a digest of all that it depends on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nova_rft.errors import UsageError
from nova_rft.pipeline import pack, unpack
from nova_rft.project import Project
from nova_rft.spec import digest
from tests.support import EXAMPLE


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder)
    return Project.load(folder / "nova-rft.yaml")


def test_it_comes_back_as_the_same_project(project: Project, tmp_path: Path) -> None:
    back = unpack(pack(project).body, tmp_path / "there")
    assert digest(back.spec.required_reward) == digest(project.spec.required_reward)
    without = {"data", "prices"}
    assert back.spec.model_dump(exclude=without) == project.spec.model_dump(exclude=without)
    for mine, theirs in zip(
        (project.record_files().training, project.record_files().validation),
        (back.record_files().training, back.record_files().validation),
        strict=True,
    ):
        assert mine is not None and theirs is not None
        assert mine.read_bytes() == theirs.read_bytes()
    assert not [f for _, check in back.check() for f in check.findings if f.severity == "error"]


def test_packed_again_it_is_the_same(project: Project, tmp_path: Path) -> None:
    first = pack(project)
    assert pack(project).body == first.body
    # Also from where it was unpacked, which is how a deployment starts it.
    assert pack(unpack(first.body, tmp_path / "there")).digest == first.digest


def test_another_record_is_another_digest(project: Project) -> None:
    first = pack(project).digest
    records = project.folder / "data" / "train.jsonl"
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join([*lines[1:], lines[0]]))
    again = Project.load(project.file)
    assert pack(again).digest != first


def test_the_calibration_travels_too(project: Project, tmp_path: Path) -> None:
    (project.folder / project.spec.calibration.file).write_text('{"version": 1, "judges": {}}')
    back = unpack(pack(project).body, tmp_path / "there")
    assert (back.folder / back.spec.calibration.file).read_text().startswith('{"version"')


def test_records_that_are_missing_are_named(project: Project) -> None:
    (project.folder / "data" / "train.jsonl").unlink()
    with pytest.raises(UsageError, match=r"train\.jsonl: cannot be read"):
        pack(Project.load(project.file))


def test_what_an_evaluation_reads_travels_too(project: Project, tmp_path: Path) -> None:
    lines = (project.folder / "data" / "validation.jsonl").read_text().splitlines(keepends=True)
    (project.folder / "held-out.jsonl").write_text("".join(lines[:3]))
    (project.folder / "general.jsonl").write_text("".join(lines[3:5]))
    text = project.file.read_text() + (
        "evaluation:\n  records: held-out.jsonl\n"
        "  skills: [{name: general, file: general.jsonl, terms: [{name: m, type: match}]}]\n"
    )
    project.file.write_text(text)
    first = pack(Project.load(project.file))
    back = unpack(first.body, tmp_path / "there")
    asked = back.spec.evaluation
    assert asked.records and back.records(asked.records).path.read_text() == "".join(lines[:3])
    assert back.records(asked.skills[0].file).path.read_text() == "".join(lines[3:5])
    assert pack(back).digest == first.digest
