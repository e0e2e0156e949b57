from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from nova_rft.deploy._errors import failure
from nova_rft.deploy._run import Ran, run
from nova_rft.errors import AwsRefused, FindingsError, NovaRftError, StorageError, UsageError


def _run(program: str, tmp_path: Path, lines: list[str]) -> Ran:
    return run(
        [sys.executable, "-u", "-c", program],
        folder=tmp_path,
        environment=os.environ,
        log=tmp_path / "state" / "cdk.log",
        progress=lines.append,
    )


def test_lines_go_to_the_log_and_to_the_caller(tmp_path: Path) -> None:
    lines: list[str] = []
    ran = _run(
        "import sys; print('\\x1b[31mred\\x1b[0m'); print('err', file=sys.stderr); sys.exit(3)",
        tmp_path,
        lines,
    )
    assert lines == ["red", "err"] == list(ran.lines)
    assert ran.status == 3
    assert ran.log.read_text() == "red\nerr\n"


def test_an_interrupt_stops_the_child_and_its_children(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid)\n"
        "time.sleep(60)"
    )
    pids: list[int] = []

    def interrupt(line: str) -> None:
        if line.isdigit():
            pids.append(int(line))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            [sys.executable, "-u", "-c", program],
            folder=tmp_path,
            environment=os.environ,
            log=tmp_path / "cdk.log",
            progress=interrupt,
        )
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(pids[0]):
        time.sleep(0.05)
    assert not _alive(pids[0])


def _alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StorageError, match=r"cdk.log: cannot be written"):
        _run("pass", tmp_path, [])


@pytest.mark.parametrize(
    ("lines", "kind", "says"),
    [
        (
            ["error: NOVA_RFT_SPEC is not set; it names the spec's file", "Subprocess exited"],
            UsageError,
            "it failed: NOVA_RFT_SPEC is not set",
        ),
        (["error: ValidationFailed: see the report"], FindingsError, "cdk-nag has findings"),
        (
            ["❌  p-dev-storage failed: AccessDenied: User x is not authorized to perform: y", "z"],
            AwsRefused,
            "p-dev-storage failed: AccessDenied: User x is not authorized",
        ),
        (["something odd", "   at Object.<anonymous>"], NovaRftError, "something odd"),
        ([], NovaRftError, "it printed nothing"),
    ],
)
def test_what_a_failure_becomes(lines: list[str], kind: type[NovaRftError], says: str) -> None:
    error = failure("it failed", Ran(1, tuple(lines), Path("cdk.log")))
    assert type(error) is kind
    assert says in str(error)


def test_the_first_failed_resource_is_the_cause() -> None:
    lines = (
        "p-dev-reward | 0 | 2:49:14 PM | CREATE_IN_PROGRESS | AWS::CloudFormation::Stack | p",
        "p-dev-reward | 2/9 | 2:49:14 PM | CREATE_FAILED        | AWS::Lambda::Function | Function (F1) "
        "User x is not authorized (Service: Lambda, Status Code: 403) AccessDeniedException ",
        "p-dev-reward | 3/9 | 2:49:15 PM | CREATE_FAILED | AWS::Lambda::Alias | Live cancelled",
        "❌  p-dev-reward failed: The stack named p-dev-reward failed to deploy",
    )
    error = failure("it failed", Ran(1, lines, Path("cdk.log")))
    assert isinstance(error, AwsRefused)
    assert (error.service, error.code, error.exit_status) == (
        "cloudformation",
        "AccessDeniedException",
        3,
    )
    assert str(error).startswith("it failed: AWS::Lambda::Function | Function (F1) User x is not")


def test_the_cause_below_the_stacks_line() -> None:
    lines = ("❌  p-dev-reward failed to deploy", "‣ Error: unexpected content.", "more")
    error = failure("it failed", Ran(1, lines, Path("cdk.log")))
    assert "it failed: p-dev-reward failed to deploy Error: unexpected content.;" in str(error)
