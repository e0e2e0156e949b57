"""`nova-rft local` and its functions: up, down, status, env."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.errors import UsageError
from tests.contract.conftest import Local
from tests.contract.test_local_functions import gone
from tests.support import run_program


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home in which nothing is left running."""
    yield tmp_path
    local_aws.down(tmp_path)


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line."""
    there = {**os.environ, "NOVA_RFT_HOME": str(home), "COLUMNS": "200"}
    return run_program("local", *arguments, environment=there, timeout=120)


def test_from_up_to_down_by_the_command_line(home: Path, recording: Path) -> None:
    assert run(home, "status").returncode == 1
    assert run(home, "env").returncode == 2
    started = json.loads(run(home, "up", "--policy", f"recorded:{recording}", "--json").stdout)
    assert started["policy"] == f"recorded:{recording}"
    assert json.loads(run(home, "up", "--json").stdout) == started
    assert json.loads(run(home, "status", "--json").stdout) == started
    exported = run(home, "env").stdout
    shell = subprocess.run(
        ["bash", "-c", f"{exported}\nenv"], capture_output=True, text=True, check=True
    ).stdout
    for name, value in json.loads(run(home, "env", "--json").stdout).items():
        assert f"{name}={value}" in shell.splitlines()
    ended = run(home, "down")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "has ended" in ended.stderr
    assert gone(started["pid"])
    assert run(home, "down").returncode == 0


def test_a_stale_state_counts_as_none(home: Path) -> None:
    first = local_aws.up(home)
    os.kill(first.pid, signal.SIGKILL)
    assert gone(first.pid)
    assert local_aws.status(home) is None
    assert local_aws.down(home) is False
    second = local_aws.up(home)
    assert second.pid != first.pid
    assert local_aws.status(home) == second


def test_another_server_at_the_port_of_a_stale_state_is_not_taken_for_ours(
    home: Path, local: Local
) -> None:
    folder = home / "local"
    folder.mkdir()
    port = int(local.endpoint.rsplit(":", 1)[-1])
    stale = {"pid": os.getpid(), "port": port, "policy": None, "token": "of another one"}
    (folder / "state.json").write_text(json.dumps(stale))
    assert local_aws.status(home) is None
    assert local_aws.down(home) is False


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"port": "x"}'])
def test_a_broken_state_counts_as_none(home: Path, state: str) -> None:
    (home / "local").mkdir()
    (home / "local" / "state.json").write_text(state)
    assert local_aws.status(home) is None


def test_a_port_that_is_taken(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} cannot be used: Address already in use"):
            local_aws.up(home, port)
        done = run(home, "up", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert local_aws.status(home) is None


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("trained:x", "use tiny, such a folder, or recorded:FILE"),
        ("recorded:", "use tiny, such a folder, or recorded:FILE"),
        ("recorded:/nowhere/at.all", "no such file"),
    ],
)
def test_a_policy_that_cannot_be_used(home: Path, policy: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        local_aws.up(home, policy=policy)


def test_a_recording_with_a_broken_line_is_named(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text('{"messages": [{"role": "user", "content": "a"}]}\n')
    with pytest.raises(UsageError, match=r"broken\.jsonl:1"):
        local_aws.up(home, policy=f"recorded:{file}")


def test_other_settings_than_the_one_that_runs(home: Path) -> None:
    local_aws.up(home)
    with pytest.raises(UsageError, match="nova-rft local down"):
        local_aws.up(home, policy="recorded:x")


def test_two_ups_at_once_start_one(home: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: local_aws.up(home), range(2))
    assert first == second


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_functions_end_with_the_server(home: Path, number: signal.Signals) -> None:
    running = local_aws.up(home)
    inside = Local(running.endpoint)
    code = "import os\ndef handler(event, context):\n    return os.getpid()"
    pid = json.loads(inside.invoke(inside.function(code))["Payload"])
    inside.close()
    os.kill(running.pid, number)
    assert gone(running.pid)
    assert gone(pid)


def test_in_the_foreground(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "nova_rft.local_aws", "--port", "0", "--state", str(state)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as child:
        until = time.monotonic() + 60
        while not state.exists() and time.monotonic() < until:
            time.sleep(0.05)
        port = json.loads(state.read_text())["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
        child.terminate()
        assert child.wait(20) == 0
