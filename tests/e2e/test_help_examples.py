"""Each command's help ends with examples, and each of them runs as it stands, in a project's folder.

Those of what deploys run in `apart/test_help_examples_deployed.py`, of what trains in
`tests/rehearse/test_help_examples.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from nova_rft import local_aws
from nova_rft.cli._app import app
from nova_rft.cli._examples import Examples
from tests.help_examples import CASES, Tried, commands, examples
from tests.help_project import write_projects
from tests.support import Cloud

ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_every_help_shows_its_examples_in_80_columns(name: str) -> None:
    shown = ALL[name].epilog
    assert isinstance(shown, Examples) and shown.lines
    words = name.split()[1:]
    asked = {"COLUMNS": "80", "TERMINAL_WIDTH": "80"}
    done = CliRunner().invoke(app, [*words, "--help"], env=asked, prog_name="nova-rft")
    assert done.exit_code == 0, done.output
    lines = [line.strip() for line in done.output.splitlines()]
    assert max(map(len, lines)) <= 80
    assert list(shown.lines) == lines[lines.index(shown.splitlines()[0]) + 1 :][: len(shown.lines)]
    assert all(name in line.replace("--stage test ", "") for line in shown.lines) or not words


def test_every_command_has_one_and_what_comes_of_each_is_known() -> None:
    assert set(examples()) == set(CASES)
    for name, command in ALL.items():
        if not getattr(command, "commands", None):
            assert any(name in line.replace("--stage test ", "") for line in CASES), name


@pytest.fixture(scope="module")
def tried(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    home = tmp_path_factory.mktemp("help")
    write_projects(home, pipeline=False)
    made = Tried(cloud, home)
    yield made
    local_aws.down(home / "apart")
    for folder, example in list(made.done):
        if example == "nova-rft serve-model":
            name = made.name_of_job(folder)
            cloud.run("serve-model", "--delete", name, folder=home / folder)


@pytest.mark.manual
@pytest.mark.parametrize("example", [one for one, case in CASES.items() if case.where == "gate"])
def test_it_runs(tried: Tried, example: str) -> None:
    tried.hold(example)
