"""One deployment scores one file by every engine: the same rows, nothing scored twice, as estimated."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.scale.part import read_chunk
from tests.contract.scale_table import documented
from tests.support import EXAMPLE, PROGRAM, Cloud, own_cloud, stdout_json

ITEMS = 240
SIZE = "16"
LOG = "/aws/lambda/gsm8k-math-dev-reward"


# A deployment with a state machine; each engine has tests of its own beside the contract's.
pytestmark = pytest.mark.deployments


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, whose stage scores large files, and some of its rollouts."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "nova-rft.yaml").write_text((EXAMPLE / "nova-rft.yaml").read_text())
    (folder / "stages.yaml").write_text("stages: {dev: {scoring: true}}\n")
    with gzip.open(EXAMPLE / "data" / "rollouts.jsonl.gz", "rt") as lines:
        some = [line for line, _ in zip(lines, range(ITEMS), strict=False)]
    # Siblings far apart: every engine has to find them.
    (folder / "some.jsonl").write_text("".join(some[::2] + some[1::2]))
    return folder


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Cloud]:
    home = tmp_path_factory.mktemp("home")
    made = own_cloud(home, None)
    try:
        done = made.run("deploy", folder=project)
        assert done.returncode == 0, done.stderr
        yield made
    finally:
        local_aws.down(home)


@pytest.fixture
def aws(apart: Cloud, monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name, value in apart.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return Aws()


@pytest.fixture(scope="module")
def here(apart: Cloud, project: Path) -> list[dict[str, Any]]:
    """The rows that a plain score gives."""
    done = apart.run("score", "some.jsonl", "--json", folder=project)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A machine that knows nothing."""
    return tmp_path / "home"


def events(aws: Aws) -> Counter[int]:
    """Events that the reward Lambda scored so far, by how many rollouts they had."""
    found: Counter[int] = Counter()
    logs: Any = aws.client("logs")
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=LOG):
        for event in page["events"]:
            if '"event scored"' in event["message"]:
                found[json.loads(event["message"])["rollouts"]] += 1
    return found


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def estimated(apart: Cloud, project: Path, engine: str) -> dict[str, Any]:
    asked = ("score", "some.jsonl", "--engine", engine, "--event-size", SIZE)
    return stdout_json(apart.run(*asked, "--estimate", "--json", folder=project))


def test_lambda_scores_each_event_once_and_as_estimated(
    apart: Cloud, project: Path, aws: Aws, home: Path, here: list[dict[str, Any]], tmp_path: Path
) -> None:
    foreseen, before = estimated(apart, project, "lambda"), events(aws)
    out = tmp_path / "rows.jsonl"
    asked = ("score", "some.jsonl", "--engine", "lambda", "--event-size", SIZE, "--out", str(out))
    done = apart.run(*asked, folder=project, NOVA_RFT_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert rows_of(out) == here
    made = events(aws) - before
    assert (made.total(), sum(n * count for n, count in made.items())) == (
        foreseen["events"],
        ITEMS,
    )
    assert f"{foreseen['calls']:,} judge calls" in done.stderr
    # Another machine finds the rows in S3, and the same command asks nobody.
    again = apart.run(*asked, folder=project, NOVA_RFT_HOME=str(tmp_path / "other"))
    assert f"{ITEMS:,} had a row from before" in again.stderr
    assert (rows_of(out), events(aws) - before) == (here, made)


def test_map_goes_on_in_aws_when_this_machine_is_killed(
    apart: Cloud, project: Path, aws: Aws, home: Path, here: list[dict[str, Any]], tmp_path: Path
) -> None:
    # A ledger of its own: rows that `lambda` made are those of the same version.
    bucket = outputs(aws)["ScoringBucket"]
    forget(aws, bucket)
    before, foreseen = events(aws), estimated(apart, project, "map")
    out = tmp_path / "rows.jsonl"
    asked = ["score", "some.jsonl", "--engine", "map", "--event-size", SIZE, "--out", str(out)]
    environment = {**apart.environment, "NOVA_RFT_HOME": str(home)}
    process = subprocess.Popen(
        [PROGRAM, *asked], cwd=project, env=environment, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: (events(aws) - before).total() > 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = apart.run(*asked, folder=project, NOVA_RFT_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert rows_of(out) == here
    made = events(aws) - before
    assert made.total() == foreseen["events"] == foreseen["children"]
    assert sum(n * count for n, count in made.items()) == ITEMS
    assert sent(aws, bucket) == (foreseen["events"], foreseen["bytes"])
    lost = ITEMS - len(rows_of(out))
    documented("map", "killed (-9) in the middle", lost=lost, twice="none")


def test_batch_gives_the_same_rows_from_as_many_jobs_as_estimated(
    apart: Cloud, project: Path, aws: Aws, home: Path, here: list[dict[str, Any]], tmp_path: Path
) -> None:
    foreseen, before = estimated(apart, project, "batch"), events(aws)
    out = tmp_path / "rows.jsonl"
    asked = ("score", "some.jsonl", "--engine", "batch", "--out", str(out))
    done = apart.run(*asked, folder=project, NOVA_RFT_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert rows_of(out) == here
    bedrock: Any = aws.client("bedrock")
    jobs = bedrock.list_model_invocation_jobs()["invocationJobSummaries"]
    assert len(jobs) == foreseen["jobs"] == 1
    assert foreseen["calls"] == ITEMS
    assert jobs[0]["successRecordCount"] == ITEMS - 1  # One was asked first, on demand.
    assert events(aws) == before


def test_what_is_not_deployed_is_said(apart: Cloud, project: Path, tmp_path: Path) -> None:
    other = tmp_path / "nova-rft.yaml"
    text = (project / "nova-rft.yaml").read_text()
    other.write_text(text.replace("project: gsm8k-math", "project: other"))
    file = str(project / "some.jsonl")
    done = apart.run("score", file, "--engine", "batch", "--spec", str(other))
    assert done.returncode == 1
    assert "write scoring: true into the stage dev of stages.yaml" in " ".join(done.stderr.split())


def outputs(aws: Aws) -> dict[str, str]:
    found: Any = aws.client("cloudformation").describe_stacks(StackName="gsm8k-math-dev-scoring")
    return {one["OutputKey"]: one["OutputValue"] for one in found["Stacks"][0]["Outputs"]}


def sent(aws: Aws, bucket: str) -> tuple[int, int]:
    """How many chunks there are, and the bytes of their events."""
    s3: Any = aws.client("s3")
    keys = s3.list_objects_v2(Bucket=bucket, Prefix="scoring/chunks/")["Contents"]
    bodies = [s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in keys]
    events = [read_chunk(body).items for body in bodies]
    return len(events), sum(len(json.dumps(one)) + 1 for event in events for one in event) + len(
        events
    )


def forget(aws: Aws, bucket: str) -> None:
    s3: Any = aws.client("s3")
    for one in s3.list_objects_v2(Bucket=bucket, Prefix="scores/").get("Contents", ()):
        s3.delete_object(Bucket=bucket, Key=one["Key"])


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not done():
        assert time.monotonic() < until
        time.sleep(0.1)


EVALUATION = """
evaluation:
  records: held-out.jsonl
  samples: 2
  models:
    bigger: {provider: bedrock, id: us.amazon.nova-premier-v1:0}
    elsewhere: {provider: scripted}
  prices:
    base: {input: 1, output: 4}
    us.amazon.nova-premier-v1:0: {input: 1, output: 4}
    us.amazon.nova-pro-v1:0: {input: 1, output: 4}
"""


def test_an_evaluation_asks_by_batches_whom_it_can(
    apart: Cloud, project: Path, aws: Aws, tmp_path: Path
) -> None:
    spec = tmp_path / "nova-rft.yaml"
    spec.write_text((project / "nova-rft.yaml").read_text() + EVALUATION)
    (tmp_path / "stages.yaml").write_text((project / "stages.yaml").read_text())
    lines = (EXAMPLE / "data" / "validation.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "held-out.jsonl").write_bytes(b"".join(lines[:55]))
    (tmp_path / "data").symlink_to(EXAMPLE / "data")
    deployed = apart.run("deploy", folder=tmp_path)
    assert deployed.returncode == 0, deployed.stderr
    command = ("evaluate", "--custom", "none", "--same-judge", "--json")
    here = stdout_json(apart.run(*command, "--out", "here", folder=tmp_path))
    before = batches(aws)
    budget = ("--engine", "batch", "--budget")
    refused = apart.run(*command, *budget, "0.001", folder=tmp_path)
    assert refused.returncode == 1 and "nothing of them was sent" in " ".join(
        refused.stderr.split()
    )
    assert batches(aws) == before
    done = apart.run(*command, *budget, "5", folder=tmp_path)
    assert "in batches: base, bigger; on demand: elsewhere" in done.stderr
    found = stdout_json(done)
    asked = [one for name, one in batches(aws).items() if name not in before]
    assert [one["totalRecordCount"] for one in asked] == [110, 110]
    assert {one["modelId"].rpartition("/")[2] for one in asked} == {
        "us.amazon.nova-2-lite-v1:0",
        "us.amazon.nova-premier-v1:0",
    }
    assert [one["answers"] for one in found["models"]] == [110, 110, 110]
    assert [one["median_s"] for one in found["models"][:2]] == [None, None]
    for one, other in zip(found["models"], here["models"], strict=True):
        assert one["cost"] == other["cost"] and one["output_tokens"] == other["output_tokens"]
    assert found["verdict"] == here["verdict"]
    # Half the price of what was asked in batches; a second run asks nothing at all.
    saved = sum(one["cost"] * one["answers"] for one in here["models"][:2]) / 2
    assert here["spent"] - found["spent"] == pytest.approx(saved) and saved > 0
    again = stdout_json(apart.run(*command, *budget, "5", folder=tmp_path))
    assert again["spent"] == found["spent"] and len(batches(aws)) == len(before) + 2


def batches(aws: Aws) -> dict[str, Any]:
    bedrock: Any = aws.client("bedrock")
    found = bedrock.list_model_invocation_jobs()["invocationJobSummaries"]
    return {one["jobName"]: one for one in found}
