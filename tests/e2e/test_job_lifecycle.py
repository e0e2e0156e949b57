"""Jobs beyond submit and watch: filters, adoption, clones, going on from a model, serving it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.aws.session import Aws
from nova_rft.errors import FindingsError, UsageError
from nova_rft.project import JobHandle, Project, wait_all
from tests.e2e.test_submit_once import submitted
from tests.support import Cloud, MakeProject, stdout_json


@pytest.fixture
def completed(in_cloud: Aws, make_project: MakeProject) -> JobHandle:
    """A job that has made a model; the same for each test."""
    return Project.load(make_project(learning_rate=3.1e-5)).submit().wait(every_s=0.2)


def spec_of(completed: JobHandle) -> str:
    return str(completed._project.file)


def test_it_reads_as_the_manual_says(completed: JobHandle, tmp_path: Path) -> None:
    path, summary = completed.report(tmp_path / "report.html")
    assert path.is_file()
    assert summary.job is not None
    assert summary.job.status == "Completed"


def test_lists_are_filtered(cloud: Cloud, completed: JobHandle) -> None:
    spec = spec_of(completed)

    def listed(*flags: str) -> set[str]:
        found = stdout_json(cloud.run("jobs", "--spec", spec, "--json", *flags))["jobs"]
        return {job["name"] for job in found}

    assert completed.name in listed("--status", "completed", "--since", "1h")
    assert completed.name not in listed("--status", "Failed")
    assert completed.name not in listed("--until", "1d")
    assert len(listed("--limit", "1")) == 1
    wrong = cloud.run("jobs", "--spec", spec, "--since", "yesterday")
    assert wrong.returncode == 2
    assert "--since yesterday: no moment; write an age (30m, 12h, 7d, 4w) or a date" in wrong.stderr


def test_a_job_started_elsewhere_is_adopted(
    cloud: Cloud, in_cloud: Aws, completed: JobHandle
) -> None:
    bedrock = in_cloud.client("bedrock")
    request = bedrock.get_model_customization_job(jobIdentifier=completed.job.arn)
    made = bedrock.create_model_customization_job(
        jobName="from-a-notebook",
        customModelName="from-a-notebook",
        roleArn=request["roleArn"],
        baseModelIdentifier="amazon.nova-2-lite-v1:0:256k",
        customizationType="REINFORCEMENT_FINE_TUNING",
        trainingDataConfig=request["trainingDataConfig"],
        outputDataConfig=request["outputDataConfig"],
        customizationConfig=request["customizationConfig"],
    )["jobArn"]
    spec = spec_of(completed)
    adopted = stdout_json(cloud.run("jobs", "adopt", "from-a-notebook", "--spec", spec, "--json"))
    assert adopted["job"]["arn"] == made
    listed = stdout_json(cloud.run("jobs", "--spec", spec, "--json"))["jobs"]
    assert "from-a-notebook" in {job["name"] for job in listed}
    tags = bedrock.list_tags_for_resource(resourceARN=made)["tags"]
    assert {"key": "nova-rft:project", "value": "gsm8k-math"} in tags
    unknown = cloud.run("jobs", "adopt", "no-such-job", "--spec", spec)
    assert unknown.returncode == 2
    assert "no-such-job: no such job in us-east-1" in unknown.stderr


def test_a_clone_with_changes_is_another_job(
    cloud: Cloud, completed: JobHandle, tmp_path: Path
) -> None:
    spec = spec_of(completed)
    change = ["--set", "training.learning_rate=4e-5"]
    out = tmp_path / "next.yaml"
    done = cloud.run("jobs", "clone", completed.name, *change, "--out", str(out), "--spec", spec)
    assert done.returncode == 0, done.stderr
    project = Project.load(out)
    assert project.spec.training.given()["learningRate"] == 4e-5
    assert project.spec.data.train.startswith("s3://")
    cloned = stdout_json(
        cloud.run("jobs", "clone", completed.name, *change, "--spec", spec, "--json")
    )
    assert cloned["created"] is True
    assert cloned["job"]["name"] != completed.name
    wrong = cloud.run("jobs", "clone", completed.name, "--set", "training.epoch=1", "--spec", spec)
    assert wrong.returncode == 1
    assert "did you mean epochs?" in wrong.stderr


def test_a_job_goes_on_from_an_earlier_model(
    cloud: Cloud, in_cloud: Aws, completed: JobHandle
) -> None:
    spec = spec_of(completed)
    more = stdout_json(cloud.run("submit", spec, "--resume-from", completed.name, "--json"))
    assert more["created"] is True
    assert more["job"]["name"] != completed.name
    request = in_cloud.client("bedrock").get_model_customization_job(
        jobIdentifier=more["job"]["arn"]
    )
    assert request["status"] in ("InProgress", "Completed")
    wrong = cloud.run("submit", spec, "--resume-from", "s3://bucket/checkpoint")
    assert wrong.returncode == 2
    assert "s3://bucket/checkpoint is no start for bedrock" in wrong.stderr


def test_a_model_is_served_asked_and_taken_down(cloud: Cloud, completed: JobHandle) -> None:
    spec = spec_of(completed)
    project = completed._project
    assert isinstance(project, Project)
    with pytest.raises(FindingsError, match="is not deployed; deploy it first"):
        project.invoke("What is 2 plus 2?", completed.name)
    served = stdout_json(cloud.run("serve-model", completed.name, "--spec", spec, "--json"))
    assert served["status"] == "Active"
    again = stdout_json(cloud.run("serve-model", completed.name, "--spec", spec, "--json"))
    assert again["model_id"] == served["model_id"]
    asked = ["invoke", "What is 2 plus 2?", "--job", completed.name, "--spec", spec]
    answer = stdout_json(cloud.run(*asked, "--json"))
    assert answer["model"] == served["model_id"]
    assert answer["text"]
    listed = stdout_json(cloud.run("serve-model", "--list", "--spec", spec, "--json"))
    assert [one["name"] for one in listed["deployments"]] == [completed.name]
    gone = cloud.run("serve-model", "--delete", completed.name, "--spec", spec)
    assert gone.returncode == 0, gone.stderr
    assert project.served() == []
    with pytest.raises(UsageError, match="no such deployment"):
        project.unserve(completed.name)


def test_many_jobs_are_waited_for_by_one_list(
    in_cloud: Aws, cloud: Cloud, make_project: MakeProject
) -> None:
    project = Project.load(make_project(learning_rate=3.3e-5))
    handles = [project.submit()]
    for rate in (3.4e-5, 3.5e-5):
        handles.append(project.clone(handles[0].name, {"training.learning_rate": rate}).submit())
    calls: list[str] = []
    for handle in handles:
        events: Any = handle._project.aws.client("bedrock").meta.events
        events.register("before-call.bedrock", lambda model, **_: calls.append(model.name))
    ended = asyncio.run(wait_all(*handles, every_s=0.2))
    assert [handle.job.status for handle in ended] == ["Completed"] * 3
    assert calls.count("ListModelCustomizationJobs") >= 1


def test_watching_many_at_once(cloud: Cloud, make_project: MakeProject) -> None:
    spec = make_project(learning_rate=3.6e-5)
    first = submitted(cloud, spec)["job"]["name"]
    cloned = cloud.run(
        "jobs",
        "clone",
        first,
        "--set",
        "training.learning_rate=3.7e-5",
        "--spec",
        str(spec),
        "--json",
    )
    second = json.loads(cloned.stdout)["job"]["name"]
    watched = cloud.run("watch", first, second, "--spec", str(spec), "--every", "0.3")
    assert watched.returncode == 0, watched.stderr
    assert f"{first} · Completed" in watched.stderr
    assert f"{second} · Completed" in watched.stderr
