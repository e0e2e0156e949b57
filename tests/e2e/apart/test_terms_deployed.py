"""Rewards of every kind, deployed to the embedded AWS: the Lambda gives what this machine gives."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.calibrate import calibrate, read_labels, write_calibrations
from nova_rft.spec import RubricTerm, load
from tests.direct import deploy_directly
from tests.support import ROOT, Cloud, own_cloud

EXAMPLES = ROOT / "examples"
DEPLOYED = ("code-debugging", "wordle", "contract-review")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded AWS of its own, with three examples in it."""
    home = tmp_path_factory.mktemp("home")
    made = own_cloud(home, None)
    try:
        for name in DEPLOYED:
            deploy_directly(made, EXAMPLES / name / "nova-rft.yaml")
        yield made
    finally:
        local_aws.down(home)


@pytest.fixture(scope="module", params=DEPLOYED)
def project(request: pytest.FixtureRequest) -> Path:
    folder: Path = EXAMPLES / request.param
    return folder


def events(project: Path, tmp_path: Path, count: int) -> Path:
    lines = (project / "data" / "rollouts.jsonl").read_text().splitlines(keepends=True)
    file = tmp_path / "some.jsonl"
    file.write_text("".join(lines[:count]))
    return file


def test_score_lambda_gives_byte_for_byte_what_score_gives(
    apart: Cloud, project: Path, tmp_path: Path
) -> None:
    file = str(events(project, tmp_path, 12))
    here = apart.run("score", file, "--json", "--judge", "scripted", folder=project)
    there = apart.run("score", file, "--json", "--lambda", folder=project)
    assert (here.returncode, there.returncode) == (0, 0), here.stderr + there.stderr
    # The embedded Converse is the scripted judge behind another name.
    assert here.stdout == there.stdout
    assert "12 rollouts, mean reward" in there.stderr


@pytest.mark.deployments
def test_hard_events_find_nothing_wrong(apart: Cloud, project: Path, tmp_path: Path) -> None:
    record = json.loads((project / "data" / "rollouts.jsonl").read_text().splitlines()[0])
    # One program each: the largest event has 256 rollouts.
    if tests := record.get("metadata", {}).get("tests"):
        del tests[1:]
    (tmp_path / "sample.jsonl").write_text(json.dumps(record))
    sample = str(tmp_path / "sample.jsonl")
    done = apart.run("reward", "test", "--sample", sample, "--json", folder=project)
    tried = json.loads(done.stdout)["tried"]
    assert [one for one in tried if one["severity"] != "ok"] == []
    assert len(tried) > 40
    assert done.returncode == 0


def test_the_log_tells_no_texts(apart: Cloud, project: Path, tmp_path: Path) -> None:
    file = str(events(project, tmp_path, 3))
    assert apart.run("score", file, "--lambda", folder=project).returncode == 0
    found = subprocess.run(
        [
            str(ROOT / ".venv" / "bin" / "python"),
            "-c",
            _LOG,
            f"/aws/lambda/{project.name}-dev-reward",
        ],
        env=apart.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [json.loads(line) for line in found.splitlines()]
    scored = [line for line in lines if line.get("message") == "event scored"]
    assert scored
    assert scored[-1]["rollouts"] == 3
    assert {"service", "version", "request", "seconds", "abstentions"} <= scored[-1].keys()
    prompt = json.loads((project / "data" / "rollouts.jsonl").read_text().splitlines()[0])
    assert prompt["messages"][0]["content"][:40] not in found


def test_a_curve_travels_with_the_reward(apart: Cloud, tmp_path: Path) -> None:
    """People pay much less for a middling review than the judge does; the Lambda knows it too."""
    project = tmp_path / "curved"
    shutil.copytree(EXAMPLES / "contract-review", project)
    spec = project / "nova-rft.yaml"
    text = spec.read_text().replace("project: contract-review", "project: curved")
    spec.write_text(text)
    (term,) = [one for one in load(spec).required_reward.terms if isinstance(one, RubricTerm)]
    rows = [
        {
            "prompt": f"p{number}",
            "response": f"r{place}",
            "human": (place / 4) ** 3,
            "judge": place / 4,
        }
        for number in range(30)
        for place in range(5)
    ]
    file = project / "labels.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    labels = read_labels(file, recorded=True)
    found = calibrate(labels, labels.judges[0])
    assert found.curve.curve is not None
    write_calibrations(project / "calibration.json", [(term, found)])
    sample = str(events(project, tmp_path, 6))
    plain = apart.run("score", sample, "--json", "--judge", "scripted", folder=project)
    spec.write_text(
        text.replace("      type: rubric\n", "      type: rubric\n      curve: calibration.json\n")
    )
    deploy_directly(apart, spec)
    here = apart.run("score", sample, "--json", "--judge", "scripted", folder=project)
    there = apart.run("score", sample, "--json", "--lambda", folder=project)
    assert (here.returncode, there.returncode) == (0, 0), here.stderr + there.stderr
    assert here.stdout == there.stdout != plain.stdout


_LOG = """
import sys, boto3, json
logs = boto3.client("logs")
for stream in logs.describe_log_streams(logGroupName=sys.argv[1])["logStreams"]:
    for event in logs.get_log_events(
        logGroupName=sys.argv[1], logStreamName=stream["logStreamName"]
    )["events"]:
        if event["message"].startswith("{"):
            print(event["message"])
"""
