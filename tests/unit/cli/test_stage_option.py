"""What is said of a stage that cannot be, and by which exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import run_program

SPEC = """\
project: tone
technique: sft
model: amazon.nova-2-lite-v1:0:256k
region: us-east-1
data: {train: train.jsonl}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    (tmp_path / "stages.yaml").write_text("stages: {dev: {removall: destroy}}\n")
    return tmp_path


def test_a_name_that_no_stage_can_have_is_named_as_it_was_typed(folder: Path) -> None:
    done = run_program("--stage", "DEV", "check", folder=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("nova-rft: --stage DEV: no stage can have this name; it begins")


def test_a_difference_and_a_file_that_is_not_valid_have_two_statuses(folder: Path) -> None:
    """1 is for what would change; of no other command's findings it would be taken for that."""
    done = run_program("diff", folder=folder)
    assert done.returncode == 2
    assert "not a key of stages.yaml (did you mean removal?)" in done.stderr
    assert run_program("check", folder=folder).returncode == 1
