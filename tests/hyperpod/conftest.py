"""AWS, the `hyperpod` command, and a project: what the tests of starting HyperPod jobs share."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hyperpod.cloud import Cloud, cloud

# What the `sagemaker` package is warned of is not ours to mend.
WARNINGS = pytest.mark.filterwarnings("ignore")
# It writes down what it is told and in which folder, and answers as helm does inside the real one.
COMMAND = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    told = {{"words": sys.argv[1:], "folder": os.getcwd(), "region": os.environ["AWS_REGION"]}}
    log.write(json.dumps(told) + "\\n")
if os.path.exists({log!r} + "." + sys.argv[1]):
    sys.exit(open({log!r} + "." + sys.argv[1]).read())
if sys.argv[1] == "start-job":
    print("Final command: python3 main.py")
    print("NAME: tone-dev-0123456789ab-1-x7k2p\\nLAST DEPLOYED: today")
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(WARNINGS)


class Command:
    """The `hyperpod` command on the PATH."""

    def __init__(self, log: Path) -> None:
        self._log = log

    @property
    def told(self) -> list[dict[str, Any]]:
        """What it was told, in order."""
        return (
            [json.loads(line) for line in self._log.read_text().splitlines()]
            if self._log.exists()
            else []
        )

    def fail(self, word: str, saying: str) -> None:
        """From now on it fails at a word."""
        self._log.with_name(f"{self._log.name}.{word}").write_text(saying)

    def mend(self, word: str) -> None:
        """It does not any more."""
        self._log.with_name(f"{self._log.name}.{word}").unlink()


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """AWS, for this process and those that it starts."""
    # The package wants it while it is imported, and gets it then.
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with cloud() as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def hyperpod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command."""
    log = tmp_path / "told.jsonl"
    place = tmp_path / "bin"
    place.mkdir()
    script = place / "hyperpod"
    script.write_text(COMMAND.format(python=sys.executable, log=str(log)))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return Command(log)
