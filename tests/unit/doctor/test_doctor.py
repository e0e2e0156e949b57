"""What the doctor sees of this machine and of a project, without an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from nova_rft.doctor import Look, State, examine
from nova_rft.init import write_template
from tests.support import run_program, stdout_json


def seen(spec: Path) -> dict[str, Look]:
    return {found.name: found for found in examine(spec)}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return write_template("maths", tmp_path / "maths", "maths").folder / "nova-rft.yaml"


def test_a_machine_that_is_set_up_is_well(spec: Path) -> None:
    found = seen(spec)
    for name in ("Python", "Node.js and the CDK", "state folder", "spec", "records"):
        assert found[name].state is State.GOOD, found[name]
    assert "800" in found["records"].said


def test_what_is_wrong_stops_nothing_and_is_mended_in_its_own_sentence(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOVA_RFT_CDK", "/nowhere/cdk")
    (spec.parent / "data" / "train.jsonl").write_text("{}\n")
    found = seen(spec)
    assert found["Node.js and the CDK"].state is State.BAD
    assert "NOVA_RFT_CDK names /nowhere/cdk" in found["Node.js and the CDK"].said
    assert found["records"].state is State.BAD
    assert "train.jsonl:1" in found["records"].said
    assert found["region"].state is State.BAD
    assert "set AWS_REGION" in found["region"].said
    # What needs an account is not guessed at.
    assert "credentials" not in found


def test_a_state_folder_that_cannot_be_written_is_named(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "file"))
    found = seen(spec)["state folder"]
    assert found.state is State.BAD
    assert "NOVA_RFT_HOME" in found.said


def test_without_a_spec_the_rest_is_looked_at(tmp_path: Path) -> None:
    done = run_program("doctor", "--json", folder=tmp_path)
    assert done.returncode == 1  # No region is named.
    done = run_program("doctor", folder=tmp_path)
    assert "unknown spec: nova-rft.yaml: no such file" in " ".join(done.stderr.split())
    assert "good    Python" in done.stderr


def test_the_schema_is_printed_for_editors(tmp_path: Path) -> None:
    told = stdout_json(run_program("schema", "stages", folder=tmp_path))
    assert "stages" in told["properties"]
