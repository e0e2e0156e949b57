"""The whole walk: submit, watch, score as the Lambda scores, report."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.aws.session import Aws
from nova_rft.project import Project
from tests.support import EXAMPLE, Cloud, MakeProject, stdout_json


@pytest.fixture(scope="session")
def finished(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The example, submitted and watched to its end."""
    spec = EXAMPLE / "nova-rft.yaml"
    assert cloud.run("submit", str(spec)).returncode == 0
    watched = stdout_json(cloud.run("watch", "--spec", str(spec), "--every", "0.5", "--json"))
    return spec, watched


def test_the_job_completes_with_a_model_and_live_values(
    finished: tuple[Path, dict[str, Any]],
) -> None:
    _, watched = finished
    job = watched["job"]
    assert job["status"] == "Completed", job["failure"]
    assert ":custom-model/" in job["custom_model_arn"]
    assert set(job["phases"].values()) == {"Completed"}
    records = len((EXAMPLE / "data" / "train.jsonl").read_text().splitlines())
    assert watched["expected_rollouts"] == records * 4
    assert watched["rollouts"] >= watched["expected_rollouts"]
    assert watched["abstentions"] == 0
    assert watched["reward"] and watched["response_words"]
    low, high = Project.load(EXAMPLE / "nova-rft.yaml").spec.required_reward.range
    assert all(low <= point["value"] <= high for point in watched["reward"])


def test_the_job_is_pinned_and_its_model_says_that_nothing_was_trained(
    finished: tuple[Path, dict[str, Any]], in_cloud: Aws
) -> None:
    job = finished[1]["job"]
    assert job["reward_version_arn"].rsplit(":", 1)[-1].isdigit()
    tags = in_cloud.client("bedrock").list_tags_for_resource(resourceARN=job["custom_model_arn"])
    assert {"key": "nova-rft:policy", "value": "recorded"} in tags["tags"]


def test_the_embedded_bedrock_shows_no_live_reward(
    finished: tuple[Path, dict[str, Any]], in_cloud: Aws
) -> None:
    found = in_cloud.client("bedrock").get_model_customization_job(
        jobIdentifier=finished[1]["job"]["arn"]
    )
    assert "reward" not in json.dumps(found.get("trainingMetrics", {}), default=str)


def test_score_gives_byte_for_byte_what_the_deployed_lambda_gives(
    finished: tuple[Path, dict[str, Any]], cloud: Cloud, in_cloud: Aws, tmp_path: Path
) -> None:
    with gzip.open(EXAMPLE / "data" / "rollouts.jsonl.gz", "rt") as stream:
        event = [json.loads(line) for line, _ in zip(stream, range(64), strict=False)]
    event[3]["id"] = event[4]["id"]
    event[7]["messages"] = "broken"
    event[9].pop("reference_answer")
    event[11]["messages"][-1]["content"] = [{"text": r"so \boxed{\frac{36}{2}}"}]
    event.append({"id": "größe", "messages": []})
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))
    answer = in_cloud.client("lambda").invoke(
        FunctionName=finished[1]["job"]["reward_version_arn"], Payload=json.dumps(event)
    )
    payload = answer["Payload"].read()
    assert "FunctionError" not in answer, payload
    spec = str(EXAMPLE / "nova-rft.yaml")
    scored = cloud.run("score", str(file), "--spec", spec, "--judge", "scripted", "--json")
    assert scored.returncode == 0, scored.stderr
    assert scored.stdout.rstrip("\n").encode() == payload
    assert [item["id"] for item in json.loads(payload)] == [item["id"] for item in event]


def test_the_report_is_one_page_that_says_what_was_done(
    finished: tuple[Path, dict[str, Any]], cloud: Cloud, tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    spec = str(EXAMPLE / "nova-rft.yaml")
    done = cloud.run("report", spec, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out)
    page = out.read_text()
    assert finished[1]["job"]["name"] in page
    assert "Nothing was trained" in page
    assert "scripted" in page
    assert len(page.encode()) < 3_000_000


def test_jobs_lists_it(finished: tuple[Path, dict[str, Any]], cloud: Cloud) -> None:
    listed = stdout_json(cloud.run("jobs", "--spec", str(finished[0]), "--json"))
    assert finished[1]["job"]["name"] in [job["name"] for job in listed["jobs"]]


def test_deploying_again_changes_nothing(cloud: Cloud) -> None:
    spec = str(EXAMPLE / "nova-rft.yaml")
    first = stdout_json(cloud.run("deploy", spec, "--json"))
    second = stdout_json(cloud.run("deploy", spec, "--json"))
    assert first == second


def test_a_changed_reward_must_be_deployed_before_a_submit(
    cloud: Cloud, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=1.5e-5, max_length="300")
    done = cloud.run("submit", str(spec), folder=spec.parent)
    assert done.returncode == 1
    assert "nova-rft deploy" in done.stderr and "not the one in the spec" in done.stderr
