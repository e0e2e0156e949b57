"""Each template as a new user tries it: nothing is typed that the terminal did not name."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.init import TEMPLATES
from tests.support import ROOT, run_program

# The template whose rollouts are looked at further; each look scores them again.
DEEP = "support-tone"
ENV = 'eval "$(nova-rft local env)"'


class Terminal:
    """A terminal in an empty folder: what was typed, and what is named to be typed next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # No account, no region, no settings of the machine's.
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "COLUMNS": "100",
            "NOVA_RFT_WHEELHOUSE": os.environ.get("NOVA_RFT_WHEELHOUSE", str(ROOT / ".wheelhouse")),
        }
        self.typed: list[str] = []

    def type(self, command: str) -> list[str]:
        """Runs a command; the commands that its output names to be next."""
        self.typed.append(command)
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            return []
        if command == ENV:
            words = ["nova-rft", "local", "env"]
        done = run_program(*words[1:], folder=self.folder, environment=self.environment)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        if command == ENV:
            exported = re.findall(r'^export (\w+)="(.*)";$', done.stdout, re.MULTILINE)
            self.environment |= dict(exported)
        return _named(done)


def _named(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Commands on lines of their own, and after `Next:`."""
    alone = re.findall(r"^  (cd .+|nova-rft .+)$", done.stderr, re.MULTILINE)
    after = re.findall(r"Next: (nova-rft [^;,\n]+|eval [^;\n]+)", done.stderr)
    return [*alone, *(re.split(" says | shows ", one)[0].strip() for one in after)]


# The programs of `code-debugging` take a minute, and run in the tests of the examples.
@pytest.mark.manual
@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "code-debugging"])
def test_the_terminal_leads_to_a_job_without_an_account(name: str, tmp_path: Path) -> None:
    """Init, check, score; of one signal and forecast too; then the embedded AWS is what is named."""
    terminal = Terminal(tmp_path)
    named = terminal.type(f"nova-rft init mine --template {name}")
    assert named[0] == "cd mine" and named[-1].startswith("nova-rft local up")
    waiting, last = named[:-1], ""
    while waiting:
        command = waiting.pop(0)
        # Minutes: rehearsals have tests of their own.
        if command == "nova-rft rehearse":
            continue
        then = [one for one in terminal.type(command) if one not in terminal.typed + waiting]
        # Of a deployment, and of the embedded AWS that makes it possible: that is the other walk.
        further = [one for one in then if one.split()[1] in ("signal", "forecast")]
        waiting += further if name == DEEP else []
        if command.startswith("nova-rft score"):
            assert [one.split()[1] for one in further] == ["signal"], "scores say what to ask next"
        elif command.split()[1] not in ("signal", "forecast"):
            last = then[-1] if then else last
    assert last == named[-1], "the embedded AWS is named where no account is"
    words = {command.split()[1] for command in terminal.typed}
    assert ("score" in words) is (tmp_path / "mine" / "data" / "rollouts.jsonl").exists()
    assert name != DEEP or {"signal", "forecast"} <= words


@pytest.mark.manual
def test_the_terminal_leads_to_a_report(tmp_path: Path) -> None:
    """All the way, by what each command names; a job without a reward, which takes seconds."""
    terminal = Terminal(tmp_path)
    try:
        command = terminal.type("nova-rft init mine --template distillation")[-1]
        terminal.type("cd mine")
        while command.split()[1] != "report":
            (command, *_) = terminal.type(command)
        terminal.type(command)
    finally:
        local_aws.down(tmp_path / "mine" / ".nova-rft")
    assert terminal.typed[2:] == [
        "nova-rft local up",
        ENV,
        "nova-rft deploy",
        "nova-rft submit",
        "nova-rft watch",
        "nova-rft report",
    ]
    (page,) = (tmp_path / "mine" / ".nova-rft").rglob("*.html")
    assert page.read_text().startswith("<!DOCTYPE html>")
