"""The examples of help that train: a few steps of each, after the minutes that making a policy takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.help_examples import CASES, Tried
from tests.help_project import write_projects
from tests.support import Cloud

pytestmark = [pytest.mark.timeout(600), pytest.mark.matrix]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    home: Path = tmp_path_factory.mktemp("help")
    write_projects(home, pipeline=False)
    there = {**os.environ, "NOVA_RFT_HOME": str(home / "home"), "COLUMNS": "80"}
    return Tried(Cloud(there, home), home)


@pytest.mark.parametrize(
    "example", [one for one, case in CASES.items() if case.where == "rehearse"]
)
def test_it_runs(tried: Tried, example: str) -> None:
    tried.hold(example)
