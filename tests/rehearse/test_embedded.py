"""A job of the embedded AWS trains by the deployed reward; a rehearsal calls the same Lambda."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.project import Project
from nova_rft.rehearse import read_examples
from nova_rft.rehearse._tiny import warmed_up
from tests.rehearse.test_rehearsals import SMALL
from tests.support import ROOT, Cloud, own_cloud, stdout_json

ARITHMETIC = ROOT / "examples" / "arithmetic"

# A deployment and two trainings take minutes, which `make test` has for one good and one flawed reward.
pytestmark = [pytest.mark.timeout(600), pytest.mark.matrix]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, cut to seven steps."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "data").mkdir()
    for name, kept in (("train", 112), ("validation", 16)):
        lines = (ARITHMETIC / "data" / f"{name}.jsonl").read_text().splitlines(keepends=True)
        (folder / "data" / f"{name}.jsonl").write_text("".join(lines[:kept]))
    (folder / "rewards.py").write_bytes((ARITHMETIC / "rewards.py").read_bytes())
    text = (ARITHMETIC / "nova-rft.yaml").read_text()
    text = text.replace("samples_per_prompt: 8", "samples_per_prompt: 2")
    spec = folder / "nova-rft.yaml"
    spec.write_text(text.replace("eval_interval: 20", "eval_interval: 7"))
    return spec


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """A small model in a folder."""
    lines = (project.parent / "data" / "train.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    return warmed_up(read_examples(records), SMALL, 0, tmp_path_factory.mktemp("policies"))[0]


@pytest.fixture(scope="module")
def cloud(
    tmp_path_factory: pytest.TempPathFactory, project: Path, weights: Path
) -> Iterator[Cloud]:
    """An embedded AWS that trains the folder's model, with the project's stacks."""
    home = tmp_path_factory.mktemp("home")
    made = own_cloud(home, str(weights))
    try:
        done = made.run("deploy", str(project))
        assert done.returncode == 0, done.stderr
        yield made
    finally:
        local_aws.down(home)


def test_a_job_trains_it_and_says_what_was_trained(
    cloud: Cloud, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cloud.run("submit", str(project)).returncode == 0
    watched = cloud.run("watch", "--spec", str(project), "--every", "0.5")
    assert watched.returncode == 0, watched.stderr
    assert "trained in Nova's place" in watched.stderr
    page = cloud.run("report", str(project))
    assert page.returncode == 0, page.stderr
    assert "Another model was trained in this one" in Path(page.stdout.strip()).read_text()
    for name, value in cloud.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    handle = Project.load(project).handle(None)
    rows = list(csv.DictReader(io.StringIO(_steps(str(handle.job.output_uri)))))
    assert [row["step_number"] for row in rows] == [str(number) for number in range(1, 8)]
    assert all(float(row["response_length/mean"]) >= 1 for row in rows)
    assert rows[-1]["val-score/rewards/mean@1"]


def _steps(output: str) -> str:
    bucket, _, prefix = output.removeprefix("s3://").partition("/")
    s3 = Aws().client("s3")
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    key = next(one["Key"] for one in found if one["Key"].endswith("step_wise_training_metrics.csv"))
    text: str = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return text


def test_a_rehearsal_goes_through_the_deployed_lambda(
    cloud: Cloud, project: Path, weights: Path
) -> None:
    flags = ("--policy", str(weights), "--steps", "2", "--batch", "8", "--group", "4")
    done = cloud.run("rehearse", str(project), *flags, "--through", "lambda", "--json")
    found = stdout_json(done)
    assert found["through"] == "lambda"
    assert found["steps"] == 2
    assert set(found["measures"]) >= {"reward", "term:right", "weighted:steps", "length"}
