"""Rewards of every kind, deployed to the embedded AWS: the Lambda gives what this machine gives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from nova_rft import local_aws
from nova_rft.aws.secrets import api_key
from nova_rft.aws.session import Aws
from nova_rft.calibrate import calibrate, read_labels, write_calibrations
from nova_rft.errors import AwsRefused, UsageError
from nova_rft.spec import RubricTerm, load
from tests.direct import deploy_directly
from tests.support import ROOT, Cloud, own_cloud
from tests.unit.judge.servers import Reply, serving

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


JUDGED = """
project: keyed
model: amazon.nova-2-lite-v1:0:256k
data: {{train: train.jsonl}}
reward:
  range: [0, 1]
  terms:
    - name: judge
      type: rubric
      model:
        {{provider: openai, base_url: "{url}", id: m, api_key_secret: "{secret}", attempts: 1}}
      criteria: [{{name: right, question: Is it right?}}]
"""


@pytest.fixture
def secrets(apart: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The embedded Secrets Manager, seen by this process too."""
    for name, value in apart.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return Aws().client("secretsmanager")


@pytest.mark.deployments
def test_a_deployed_judge_has_its_key_from_the_secret_once(
    apart: Cloud, secrets: Any, tmp_path: Path
) -> None:
    arn = secrets.create_secret(Name="judge", SecretString="key-of-the-secret")["ARN"]
    turns = [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]
    rollouts = [{"id": str(number), "messages": turns} for number in range(3)]
    file = tmp_path / "rollouts.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in rollouts))
    # No verdict, so the judge abstains: what is looked at is the key that it was asked with.
    with serving(Reply(body={"choices": []})) as server:
        spec = tmp_path / "nova-rft.yaml"
        spec.write_text(JUDGED.format(url=server.url, secret=arn))
        deploy_directly(apart, spec)
        done = apart.run("score", str(file), "--json", "--lambda", folder=tmp_path)
    assert server.keys and set(server.keys) == {"Bearer key-of-the-secret"}, done.stderr
    assert "key-of-the-secret" not in done.stdout + done.stderr
    said = subprocess.run(
        [sys.executable, "-c", _LOG, "/aws/lambda/keyed-dev-reward"],
        env=apart.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "event scored" in said and "key-of-the-secret" not in said


@pytest.mark.parametrize(
    ("held", "key"),
    [
        ({"SecretString": " plain-key\n"}, "plain-key"),
        ({"SecretString": '{"api_key": "of-an-object"}'}, "of-an-object"),
        ({"SecretString": '{"a": "1", "b": "2"}'}, None),
        ({"SecretString": "{no object"}, None),
        ({"SecretString": "two words"}, None),
        ({"SecretBinary": b"bytes"}, None),
    ],
)
def test_a_secret_holds_one_key_or_is_refused(
    secrets: Any, held: dict[str, Any], key: str | None
) -> None:
    arn = secrets.create_secret(Name=f"held-{uuid4()}", **held)["ARN"]
    if key is not None:
        assert api_key(Aws(), arn) == key
        return
    with pytest.raises(UsageError, match="holds no key; put the endpoint's key there"):
        api_key(Aws(), arn)


def test_a_secret_that_is_not_there_is_named(secrets: Any) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf"
    with pytest.raises(AwsRefused, match="GetSecretValue"):
        api_key(Aws(), arn)


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
