"""However often a submit is asked for, and wherever it is killed, there is one job."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nova_rft.aws.session import Aws
from nova_rft.project import Project
from tests.support import Cloud, MakeProject

# Kills itself just before, or just after, the n-th call that it makes to AWS.
_KILLED = """
import os, signal, sys
from nova_rft.project import Project

spec, moment, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3])
project = Project.load(spec)
calls = 0

def count(**_):
    global calls
    calls += 1
    if calls == wanted:
        os.kill(os.getpid(), signal.SIGKILL)

project.aws._session.register(moment, count)
project.submit()
print(calls)
"""


def kill_at(cloud: Cloud, spec: Path, moment: str, call: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(spec), moment, str(call)],
        env=cloud.environment,
        cwd=spec.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode


def names(aws: Aws, part: str) -> list[str]:
    found = aws.client("bedrock").list_model_customization_jobs(nameContains=part, maxResults=1000)
    return [summary["jobName"] for summary in found["modelCustomizationJobSummaries"]]


def submitted(cloud: Cloud, spec: Path, *flags: str) -> dict[str, Any]:
    done = cloud.run("submit", str(spec), "--json", *flags, folder=spec.parent)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def leave(aws: Aws, arn: str) -> None:
    """Stops a job that the test is done with, if it still runs, to spare the machine."""
    bedrock = aws.client("bedrock")
    with suppress(bedrock.exceptions.ConflictException):
        bedrock.stop_model_customization_job(jobIdentifier=arn)


def test_a_second_submit_finds_the_first(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=1.1e-5)
    first = submitted(cloud, spec)
    second = submitted(cloud, spec)
    assert (first["created"], second["created"]) == (True, False)
    assert first["job"]["arn"] == second["job"]["arn"]
    assert names(in_cloud, first["job"]["name"][:-1]) == [first["job"]["name"]]
    leave(in_cloud, first["job"]["arn"])


@pytest.mark.parametrize(
    ("moment", "calls"),
    [
        # One of each part of a submit: what is asked first, the records, the job.
        ("after-call", [2, 5, 8]),
        pytest.param("before-send", range(1, 40), marks=pytest.mark.faults),
        pytest.param("after-call", range(1, 40), marks=pytest.mark.faults),
    ],
    ids=["some", "before every call", "after every call"],
)
def test_killed_at_a_call_and_submitted_again_it_is_one_job(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject, moment: str, calls: Sequence[int]
) -> None:
    killed = 0
    rate = 2e-5 if moment == "before-send" else 3e-5
    for call in calls:
        spec = make_project(learning_rate=rate + call * 1e-7)
        if kill_at(cloud, spec, moment, call) == 0:
            break
        killed += 1
        answer = submitted(cloud, spec)
        job = answer["job"]
        assert names(in_cloud, job["name"][:-1]) == [job["name"]], f"killed at call {call}"
        leave(in_cloud, job["arn"])
    assert killed >= min(8, len(calls))


def test_two_submits_at_once_are_one_job(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject
) -> None:
    spec = make_project(learning_rate=1.2e-5)
    command = [
        sys.executable,
        "-c",
        f"from nova_rft import Project; Project.load({str(spec)!r}).submit()",
    ]
    children = [
        subprocess.Popen(command, env=cloud.environment, stderr=subprocess.PIPE) for _ in range(4)
    ]
    assert [child.communicate()[1].decode() for child in children] == [""] * 4
    job = Project.load(spec).submit().job
    assert names(in_cloud, job.name[:-1]) == [job.name]
    leave(in_cloud, job.arn)


def test_a_failed_job_is_named_and_again_starts_the_next_attempt(
    cloud: Cloud, make_project: MakeProject
) -> None:
    # Four rollouts were recorded for each prompt, so two cannot be replayed.
    spec = make_project(learning_rate=1.3e-5, samples_per_prompt="2")
    first = submitted(cloud, spec)["job"]
    watched = cloud.run("watch", "--spec", str(spec), "--every", "0.3", folder=spec.parent)
    assert watched.returncode == 1
    assert "4" in watched.stderr and "recorded" in watched.stderr
    refused = cloud.run("submit", str(spec), folder=spec.parent)
    assert refused.returncode == 1
    assert first["name"] in refused.stderr and "--again" in refused.stderr
    second = submitted(cloud, spec, "--again")
    assert second["created"]
    assert second["job"]["name"] == first["name"][:-1] + "2"
    assert second["job"]["tags"]["nova-rft:attempt"] == "2"


def test_a_stopped_job_is_named_too(cloud: Cloud, make_project: MakeProject) -> None:
    spec = make_project(learning_rate=1.4e-5, records=1000)
    name = submitted(cloud, spec)["job"]["name"]
    stopped = cloud.run("stop", "--spec", str(spec), name, folder=spec.parent)
    assert stopped.returncode == 0, stopped.stderr
    watched = cloud.run("watch", "--spec", str(spec), name, "--every", "0.3", folder=spec.parent)
    assert watched.returncode == 1 and "Stopped" in watched.stderr
    refused = cloud.run("submit", str(spec), folder=spec.parent)
    assert refused.returncode == 1 and "Stopped" in refused.stderr
