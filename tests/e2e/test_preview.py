"""A preview by Converse on the embedded AWS, the signal of a job, and what submit says of both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import Cloud, MakeProject, stdout_json


def test_a_preview_is_drawn_by_converse_and_scored_by_the_specs_judges(
    cloud: Cloud, make_project: MakeProject, tmp_path: Path
) -> None:
    make_project(learning_rate=3.1e-5)
    throttled = cloud.run("local", "fault", "bedrock-runtime", "Converse", "--times", "3")
    assert throttled.returncode == 0, throttled.stderr
    command = ("preview", "-n", "2", "--prompts", "12", "--json")
    found = stdout_json(cloud.run(*command, folder=tmp_path, NOVA_RFT_HOME=str(tmp_path)))
    assert (found["stopped"], found["left"], found["rollouts"]) == ("", 0, 24)
    assert found["policies"] == ["bedrock:us.amazon.nova-2-lite-v1:0"]
    drawn = (tmp_path / "preview/rollouts.jsonl").read_text()
    rows = [json.loads(row) for row in drawn.splitlines()]
    assert all("scripted" in row["response"] for row in rows)
    judged = {row["terms"]["reasoning"]["details"]["judge"] for row in rows}
    assert judged == {"bedrock:us.amazon.nova-pro-v1:0"}
    # The stand-in behind the embedded Converse says the same each time it is asked.
    assert found["signal"]["share_without_signal"] == 1
    assert "ties" in [one["code"] for one in found["findings"]]

    again = cloud.run(*command, folder=tmp_path, NOVA_RFT_HOME=str(tmp_path))
    assert "0 prompts wait, 12 are drawn already" in again.stderr
    assert stdout_json(again)["cost"] == 0
    pulled = cloud.run("forecast", "preview/rollouts.jsonl", folder=tmp_path)
    assert pulled.returncode == 1
    assert "in no group do rewards differ" in pulled.stderr

    told = cloud.run("submit", "--json", folder=tmp_path, NOVA_RFT_HOME=str(tmp_path))
    assert "preview/rollouts.jsonl: 100% of groups without signal" in told.stderr
    assert stdout_json(told)["signal"]["warnings"][0].startswith("In 100% of the groups")


@pytest.fixture
def ended(cloud: Cloud, make_project: MakeProject, tmp_path: Path) -> str:
    """The name of a small job that has ended."""
    make_project(learning_rate=3.2e-5)
    assert cloud.run("submit", folder=tmp_path).returncode == 0
    watched = stdout_json(cloud.run("watch", "--every", "0.5", "--json", folder=tmp_path))
    assert watched["job"]["status"] == "Completed"
    return str(watched["job"]["name"])


def test_the_traces_of_a_job_are_read_and_known_to_the_next_submit(
    cloud: Cloud, ended: str, make_project: MakeProject, tmp_path: Path
) -> None:
    found = cloud.run("signal", "--job", ended, "--json", folder=tmp_path)
    told = json.loads(found.stdout)
    assert told["rollouts_in"] == ended
    assert told["signal"]["groups"] >= 100
    assert told["settings"]["samples_per_prompt"] == 4
    shown = cloud.run("signal", folder=tmp_path)
    assert max(map(len, shown.stderr.splitlines())) <= 80

    # Another machine has no note: what the job's Lambda kept is read.
    home = str(tmp_path / "elsewhere")
    make_project(learning_rate=3.3e-5)
    said = cloud.run("submit", folder=tmp_path, NOVA_RFT_HOME=home)
    assert "of groups without signal" in said.stderr and "the start of" in said.stderr
    assert list(Path(home, "signal").glob("*.json"))
