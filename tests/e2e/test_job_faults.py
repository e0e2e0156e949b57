"""What goes wrong around a job: nothing is submitted twice, none is lost, and a sentence says why."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, JobFailed
from nova_rft.project import Project
from tests.e2e.test_submit_once import names, submitted
from tests.support import PROGRAM, Cloud, MakeProject, stdout_json


def endpoint(cloud: Cloud) -> str:
    return cloud.environment["AWS_ENDPOINT_URL"]


@pytest.fixture(autouse=True)
def _no_fault_left(cloud: Cloud) -> Iterator[None]:
    yield
    local_aws.forget_faults(endpoint(cloud))


def test_throttling_during_submit_makes_one_job(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=2.1e-5)
    for operation in ("GetModelCustomizationJob", "CreateModelCustomizationJob"):
        local_aws.ask_fault(endpoint(cloud), service="bedrock", operation=operation, times=2)
    made = submitted(cloud, spec)
    assert made["created"] is True
    assert names(in_cloud, made["job"]["name"][:-1]) == [made["job"]["name"]]


def test_a_creation_that_failed_after_it_was_made_is_found_again(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=2.2e-5)
    made = submitted(cloud, spec)["job"]
    # The job is there, and every further creation fails: a submit finds it all the same.
    local_aws.ask_fault(
        endpoint(cloud),
        service="bedrock",
        operation="CreateModelCustomizationJob",
        code="InternalServerException",
        message="failed after it was made",
        seconds=20,
    )
    assert submitted(cloud, spec)["job"]["arn"] == made["arn"]
    assert names(in_cloud, made["name"][:-1]) == [made["name"]]


def test_credentials_that_expire_in_the_middle_of_a_watch(
    cloud: Cloud, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=2.3e-5)
    made = submitted(cloud, spec)["job"]
    local_aws.ask_fault(
        endpoint(cloud),
        service="bedrock",
        operation="GetModelCustomizationJob",
        code="ExpiredTokenException",
        message="The security token included in the request is expired",
        seconds=30,
    )
    watched = cloud.run("watch", made["name"], "--spec", str(spec), "--every", "0.2")
    assert watched.returncode == 3
    assert "sign in again: the credentials have expired" in watched.stderr
    assert "Traceback" not in watched.stderr
    local_aws.forget_faults(endpoint(cloud))
    done = stdout_json(cloud.run("watch", made["name"], "--spec", str(spec), "--json"))
    assert done["job"]["status"] == "Completed"


def test_throttling_during_a_watch_is_waited_out(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    handle = Project.load(make_project(learning_rate=2.4e-5)).submit()
    told: list[AwsRefused] = []
    local_aws.ask_fault(
        endpoint(cloud),
        service="bedrock",
        operation="GetModelCustomizationJob",
        code="ServiceUnavailableException",
        message="try again",
        times=3,
    )
    last = list(handle.looks(every_s=0.2, told=told.append))[-1]
    assert last.job.status == "Completed"
    assert {one.code for one in told} == {"ServiceUnavailableException"}


def test_a_clock_that_is_wrong_is_named(cloud: Cloud, make_project: MakeProject) -> None:
    spec = make_project(learning_rate=2.5e-5)
    local_aws.ask_fault(
        endpoint(cloud),
        service="bedrock",
        operation="*",
        code="RequestTimeTooSkewed",
        message="The difference between the request time and the current time is too large",
        seconds=30,
    )
    done = cloud.run("submit", str(spec))
    assert done.returncode == 3
    assert "set this machine's clock right" in done.stderr


def test_a_job_deleted_behind_our_back(cloud: Cloud, make_project: MakeProject) -> None:
    spec = make_project(learning_rate=2.6e-5)
    made = submitted(cloud, spec)["job"]
    local_aws.forget_job(endpoint(cloud), "bedrock", made["arn"])
    watched = cloud.run("watch", made["name"], "--spec", str(spec))
    assert watched.returncode == 2
    assert f"{made['name']}: no such job in us-east-1; `nova-rft jobs` lists them" in watched.stderr
    # It is not there any more, so that a submit makes it anew, under the same name.
    again = submitted(cloud, spec)
    assert (again["created"], again["job"]["name"]) == (True, made["name"])
    assert again["job"]["arn"] != made["arn"]


def test_a_job_that_fails_is_named_and_followed_by_a_next_attempt(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=2.7e-5)
    # The fault is for the next job that trains: no other must be under way.
    project = Project.load(spec)
    while any(not job.status.ended for job in project.jobs()):
        time.sleep(0.2)
    local_aws.ask_fault(
        endpoint(cloud), service="bedrock", operation="Job", message="out of instances"
    )
    handle = Project.load(spec).submit()
    with pytest.raises(JobFailed, match="ended Failed: out of instances"):
        handle.wait(every_s=0.2)
    refused = cloud.run("submit", str(spec))
    assert refused.returncode == 1
    assert "out of instances" in refused.stderr
    again = submitted(cloud, spec, "--again")["job"]
    assert (handle.name[-2:], again["name"][-2:]) == ("-1", "-2")


def test_a_watch_that_is_killed_leaves_the_job_alone(
    cloud: Cloud, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=2.8e-5)
    made = submitted(cloud, spec)["job"]
    watching = subprocess.Popen(
        [PROGRAM, "watch", made["name"], "--spec", str(spec), "--every", "0.2"],
        env=cloud.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1.0)
    os.kill(watching.pid, signal.SIGKILL)
    watching.wait(10)
    done = stdout_json(cloud.run("watch", made["name"], "--spec", str(spec), "--json"))
    assert done["job"]["status"] == "Completed"


def test_a_laptop_that_lost_its_folder_sees_the_same_jobs(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject, tmp_path: Path
) -> None:
    spec = make_project(learning_rate=2.9e-5)
    made = submitted(cloud, spec)["job"]
    empty = str(tmp_path / "empty")
    found = cloud.run("jobs", "--spec", str(spec), "--json", NOVA_RFT_HOME=empty)
    assert made["name"] in {job["name"] for job in stdout_json(found)["jobs"]}
    again = stdout_json(cloud.run("submit", str(spec), "--json", NOVA_RFT_HOME=empty))
    assert (again["created"], again["job"]["arn"]) == (False, made["arn"])
