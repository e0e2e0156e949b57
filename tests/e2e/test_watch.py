"""Watching: at a terminal of 80 columns, interrupted, and once."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time

from nova_rft.aws.session import Aws
from tests.support import PROGRAM, Cloud, MakeProject


def submitted(cloud: Cloud, spec: str) -> str:
    done = cloud.run("submit", spec, "--json")
    assert done.returncode == 0, done.stderr
    name: str = json.loads(done.stdout)["job"]["name"]
    return name


def test_ctrl_c_leaves_the_job_running_and_says_how_to_come_back(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    # Of so many epochs that it cannot end while it is looked at; it is stopped below.
    spec = str(make_project(learning_rate=1.8e-5, records=1000, epochs="50"))
    name = submitted(cloud, spec)
    watching = subprocess.Popen(
        [PROGRAM, "watch", "--spec", spec, "--every", "0.5"],
        env=cloud.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stderr is not None
    assert name in watching.stderr.readline()
    watching.send_signal(signal.SIGINT)
    said = watching.communicate(timeout=20)[1]
    assert watching.returncode == 130
    assert f"nova-rft watch {name} --spec {spec}" in " ".join(said.split())
    assert "Traceback" not in said
    bedrock = in_cloud.client("bedrock")
    assert bedrock.get_model_customization_job(jobIdentifier=name)["status"] == "InProgress"
    once = cloud.run("watch", name, "--spec", spec, "--once", "--json")
    assert once.returncode == 0
    assert json.loads(once.stdout)["job"]["status"] == "InProgress"
    bedrock.stop_model_customization_job(jobIdentifier=name)


def test_a_terminal_of_80_columns_is_not_overrun(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = str(make_project(learning_rate=1.9e-5, records=300))
    submitted(cloud, spec)
    ours, theirs = pty.openpty()
    watching = subprocess.Popen(
        [PROGRAM, "watch", "--spec", spec, "--every", "0.3"],
        env={**cloud.environment, "COLUMNS": "80", "LINES": "24", "TERM": "xterm"},
        stderr=theirs,
    )
    os.close(theirs)
    screen = b""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:
            break
        if not chunk:
            break
        screen += chunk
    os.close(ours)
    assert watching.wait(20) == 0
    text = screen.decode()
    for row in ("status", "rollouts", "reward", "words", "abstained", "time"):
        assert row in text
    assert any(bar in text for bar in "▁▂▃▄▅▆▇█")
    assert "nothing was trained" in text
