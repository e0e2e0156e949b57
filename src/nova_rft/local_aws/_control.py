"""Starting, finding and ending an embedded AWS that runs on its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import signal
import sys
import time
import urllib.request
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from nova_rft.errors import UsageError

_HEALTH: Final = "/_nova_rft/health"
_FAULTS: Final = "/_nova_rft/faults"
_FORGET: Final = "/_nova_rft/forget"
_LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """An embedded AWS that answers."""

    endpoint: str
    pid: int
    port: int
    policy: str | None
    enforces_iam: bool = False


def up(
    home: Path,
    port: int = 0,
    policy: str | None = None,
    *,
    enforce_iam: bool = False,
    wait_s: float = 60.0,
) -> Running:
    """Starts an embedded AWS that outlives this process; finds the one that runs already.

    Args:
        home: Folder for its state; one embedded AWS for each.
        port: 0 takes a free one.
        policy: What jobs train by reward: `tiny`, a folder that holds a model, or `recorded:FILE`.
        enforce_iam: Whether roles and users are held to their policies; one that runs already and
            does not is another one.
        wait_s: How long it may take to answer.

    Raises:
        UsageError: an extra is not installed, the port is in use, the policy is wrong, or another
            one with other settings runs in this home.
    """
    if find_spec("moto") is None or find_spec("awslambdaric") is None:
        raise UsageError("the embedded AWS is an extra; install it: pip install 'nova-rft[local]'")
    trains = policy is not None and not policy.startswith("recorded:")
    if trains and find_spec("torch") is None:
        raise UsageError(
            "a policy that is trained needs an extra; install it: pip install 'nova-rft[rehearse]', or "
            "replay rollouts: --policy recorded:FILE"
        )
    folder = home / "local"
    folder.mkdir(parents=True, exist_ok=True)
    # Two that start at once must not start two.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _found(home, port, policy, enforce_iam) or _start(
            folder, port, policy, enforce_iam, wait_s
        )


def _found(home: Path, port: int, policy: str | None, enforce_iam: bool) -> Running | None:
    running = status(home)
    if running is None:
        return None
    same = port in (0, running.port) and policy in (None, running.policy)
    if not same or (enforce_iam and not running.enforces_iam):
        raise UsageError(
            f"an embedded AWS with other settings runs on port {running.port}; "
            "end it first: nova-rft local down"
        )
    return running


def _start(
    folder: Path, port: int, policy: str | None, enforce_iam: bool, wait_s: float
) -> Running:
    token, state = secrets.token_hex(16), folder / "state.json"
    state.unlink(missing_ok=True)
    command = [sys.executable, "-m", "nova_rft.local_aws", "--port", str(port), "--token", token]
    command += ["--folder", str(folder.absolute()), "--state", str(state.absolute())]
    command += ["--policy", policy] if policy else []
    command += ["--enforce-iam"] if enforce_iam else []
    log = folder / "server.log"
    pid = _spawn(command, log)
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        running = _read(state)
        if running is not None:
            return running
        if not _alive(pid):
            lines = log.read_text(errors="replace").strip().splitlines() or ["no reason given"]
            raise UsageError(f"the embedded AWS did not start: {lines[-1]}")
        time.sleep(_LOOK_S)
    os.kill(pid, signal.SIGTERM)
    raise UsageError(f"the embedded AWS did not answer within {wait_s:g} s; its log is {log}")


def _spawn(command: list[str], log: Path) -> int:
    """Starts a process in a session of its own: it outlives the terminal and its Ctrl-C."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True)


def down(home: Path, *, wait_s: float = 15.0) -> bool:
    """Ends the embedded AWS of a home; False where none runs.

    Raises:
        UsageError: it does not end.
    """
    running = status(home)
    (home / "local" / "state.json").unlink(missing_ok=True)
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        if not _alive(running.pid):
            return True
        time.sleep(_LOOK_S)
    raise UsageError(f"the embedded AWS (process {running.pid}) does not end; end it by hand")


def _alive(pid: int) -> bool:
    # Where we started it ourselves it stays as a zombie until it is waited for.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def status(home: Path) -> Running | None:
    """The embedded AWS of a home, or None where none answers; a stale state file counts as none."""
    return _read(home / "local" / "state.json")


def _read(state: Path) -> Running | None:
    try:
        known: dict[str, Any] = json.loads(state.read_text())
        endpoint = f"http://127.0.0.1:{int(known['port'])}"
        # Another process may have the port by now: the token tells.
        with urllib.request.urlopen(endpoint + _HEALTH, timeout=5) as answer:  # noqa: S310
            if json.load(answer).get("token") != known["token"]:
                return None
        return Running(
            endpoint,
            int(known["pid"]),
            int(known["port"]),
            known["policy"],
            known.get("enforces_iam", False),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def environment(endpoint: str) -> dict[str, str]:
    """What makes boto3, the AWS command line and the CDK speak to an embedded AWS."""
    port = endpoint.rsplit(":", 1)[-1]
    return {
        "AWS_ENDPOINT_URL": endpoint,
        # moto knows a template's address only by this name of the host.
        "AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION": f"http://localhost:{port}",
        # No AWS_BEARER_TOKEN_BEDROCK with it: botocore would send it in place of a signature, and
        # refuses to over plain HTTP. Any key does; one is made of the credentials below.
        "AWS_ENDPOINT_URL_BEDROCK_MANTLE": f"{endpoint}/bedrock-mantle/v1",
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_SESSION_TOKEN": "embedded",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "NOVA_RFT_LAMBDA_TARGET": "host",
    }


def ask_fault(endpoint: str, **fault: Any) -> None:
    """Has a running embedded AWS refuse calls.

    Args:
        endpoint: Its address.
        fault: `service`, `operation`, and where wanted `code`, `message`, `times`, `seconds`.
    """
    _ask(endpoint + _FAULTS, "POST", json.dumps(fault).encode())


def forget_faults(endpoint: str) -> None:
    """Has a running embedded AWS refuse nothing any more."""
    _ask(endpoint + _FAULTS, "DELETE", None)


def forget_job(endpoint: str, service: str, identifier: str) -> None:
    """Has a job of a running embedded AWS vanish, as if it had never been made.

    Args:
        endpoint: Its address.
        service: Such as `bedrock`.
        identifier: The job's name or ARN.

    Raises:
        OSError: there is no such job (404), or no such service (400).
    """
    body = json.dumps({"service": service, "identifier": identifier}).encode()
    _ask(endpoint + _FORGET, "POST", body)


def _ask(url: str, method: str, body: bytes | None) -> None:
    asked = urllib.request.Request(url, body, method=method)  # noqa: S310
    urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310
