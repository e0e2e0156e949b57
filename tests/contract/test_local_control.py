"""up, down, status and env: as commands, with stale state, taken ports and wrong settings."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.errors import UsageError
from tests.support import run_program


def local(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    there = {**os.environ, "NOVA_RFT_HOME": str(home)}
    return run_program("local", *arguments, environment=there, timeout=60)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose server, if a test leaves one, ends with it."""
    yield tmp_path
    local_aws.down(tmp_path)


def test_the_commands_in_a_users_order(home: Path) -> None:
    assert local(home, "status").returncode == 1
    refused = local(home, "env")
    assert refused.returncode == 2 and "nova-rft local up" in refused.stderr
    up = local(home, "up", "--json")
    assert up.returncode == 0, up.stderr
    running = json.loads(up.stdout)
    again = json.loads(local(home, "up", "--json").stdout)
    assert again == running
    lines = local(home, "env").stdout.splitlines()
    assert f'export AWS_ENDPOINT_URL="{running["endpoint"]}";' in lines
    # As people type it, and as they do who forget the quotes.
    for typed in ('eval "$(cat)"', "eval $(cat)"):
        shell = subprocess.run(
            ["/bin/sh", "-c", f"{typed}; echo $AWS_ENDPOINT_URL"],
            input="\n".join(lines),
            capture_output=True,
            text=True,
        )
        assert shell.stdout.strip() == running["endpoint"]
    assert json.loads(local(home, "status", "--json").stdout)["pid"] == running["pid"]
    assert local(home, "down").returncode == 0
    assert local(home, "status").returncode == 1
    assert "No embedded AWS runs here" in local(home, "down").stderr


def test_one_that_runs_for_a_folder_above_is_named(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    there = {name: value for name, value in os.environ.items() if name != "NOVA_RFT_HOME"}
    local_aws.up(tmp_path / ".nova-rft")
    try:
        refused = run_program("local", "env", folder=tmp_path / "below", environment=there)
    finally:
        local_aws.down(tmp_path / ".nova-rft")
    assert refused.returncode == 2
    assert f"one runs for {tmp_path}: go there, or start one here" in refused.stderr


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = local(tmp_path, "up", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_policy_is_one_sentence(tmp_path: Path) -> None:
    for policy, said in (("recorded:/none", "/none: no such file"), ("tin", "or recorded:FILE")):
        with pytest.raises(UsageError, match=said):
            local_aws.up(tmp_path, policy=policy)


def test_a_state_file_of_the_dead_or_of_another_counts_as_none(tmp_path: Path) -> None:
    state = tmp_path / "local" / "state.json"
    state.parent.mkdir()
    for text in ("", "{}", '{"port": 9, "pid": 1, "token": "x", "policy": null}'):
        state.write_text(text)
        assert local_aws.status(tmp_path) is None
    running = local_aws.up(tmp_path)
    try:
        known = json.loads(state.read_text())
        state.write_text(json.dumps(known | {"token": "another's"}))
        assert local_aws.status(tmp_path) is None
        state.write_text(json.dumps(known))
        assert local_aws.status(tmp_path) == running
        with pytest.raises(UsageError, match="end it first"):
            local_aws.up(tmp_path, port=running.port + 1)
    finally:
        assert local_aws.down(tmp_path)
    assert local_aws.down(tmp_path) is False
