"""The pipeline, from a deployment to a served model; faults on the way lose and double nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.pipeline import Run, State
from tests.e2e.apart.pipelines import HELD_OUT, JUDGE, Piped, deployed, until


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Piped]:
    """Deployed once; the deployment starts the first run. Looks are so rare that only events wake it."""
    home = tmp_path_factory.mktemp("pipeline")
    with deployed(home, home / "project", look_every_s=600, on_deploy=True) as made:
        yield made


@pytest.fixture(autouse=True)
def _here(piped: Piped, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in piped.cloud.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    yield
    local_aws.forget_faults(piped.endpoint)


def test_a_deployment_starts_it_and_a_person_has_the_model_served(piped: Piped) -> None:
    name = piped.outputs["pipeline"]["PipelineRun"]
    again = piped.run("start")
    assert (again["created"], again["run"]["name"]) == (False, name)
    _, _, runs = piped.place()
    # No look comes in ten minutes: Bedrock's event has ended the wait.
    waiting = until(lambda: runs.get(name), lambda run: run.awaits_approval, "asked for approval")
    assert piped.jobs(name) == [name]
    assert "waits for approval" in _told(piped, name) and "secret-path" not in "".join(piped.told)
    _compared_with_its_base(piped, waiting)
    assert waiting.token
    assert waiting.token not in str(piped.run("status"))

    piped.run("approve", "--run", name, "--why", "better on long answers")
    done = until(lambda: runs.get(name), lambda run: run.state.ended, "at its end")
    assert (done.state, done.failure) == (State.SUCCEEDED, None)
    assert "better on long answers" in done.steps["approve"].said
    assert piped.deployments(name) == [name]
    assert done.served and not done.trial and "Succeeded" in _told(piped, name)
    assert [one["name"] for one in piped.run("list")["runs"]] == [name]


def _compared_with_its_base(piped: Piped, waiting: Run) -> None:
    """One stand-in answers for both models, so nothing differs; every answer is kept, and paid once."""
    assert waiting.trial and piped.deployments(waiting.name) == [waiting.name]
    found = json.loads(piped.evaluation(waiting.name, "evaluation.json"))
    base, custom = found["models"]
    assert (base["answers"], custom["answers"], custom["job"]) == (HELD_OUT, HELD_OUT, waiting.name)
    assert (found["verdict"], found["judge"]["name"]) == ("cannot tell", JUDGE)
    answers = piped.evaluation(waiting.name, "answers.jsonl").splitlines()
    assert len({json.loads(line)["key"] for line in answers}) == len(answers) == 2 * HELD_OUT
    said = waiting.steps["evaluate"].said
    assert "Cannot tell: custom" in said and "Its job: the training reward" in said
    assert waiting.evaluation and waiting.evaluation in _told(piped, waiting.name)


@pytest.mark.faults
def test_what_fails_on_the_way_is_tried_again_and_nothing_is_made_twice(piped: Piped) -> None:
    mine = piped.variant(6e-5)
    for step, kind in (("validate", "Killed"), ("submit", "Lost"), ("evaluate", "Lost")):
        piped.fault(step, kind)
    piped.fault("gate", "Invoke", code="TooManyRequestsException", times=2)
    local_aws.ask_fault(piped.endpoint, service="bedrock", operation="*", times=3)
    name = mine.run("start")["run"]["name"]
    _, _, runs = mine.place()
    until(lambda: runs.get(name), lambda run: run.awaits_approval, "asked for approval")
    assert mine.jobs(name) == [name]
    spent = mine.evaluation(name, "spent.txt")

    stopped = mine.run("stop", "--run", name)["run"]
    assert (stopped["state"], stopped["step"]) == ("Stopped", "approve")
    resumed = mine.run("resume", "--run", name)["run"]
    assert resumed["resumed"] == 1
    until(lambda: runs.get(name), lambda run: run.awaits_approval, "asked again")
    # The evaluation was told of twice, and paid once.
    assert mine.evaluation(name, "spent.txt") == spent
    mine.run("reject", "--run", name, "--why", "worse")
    done = until(lambda: runs.get(name), lambda run: run.state.ended, "at its end")
    assert done.state is State.REJECTED and "worse" in str(done.failure)
    assert (mine.jobs(name), mine.deployments(name)) == ([name], [])


def test_a_job_that_fails_is_a_dead_letter_and_told(piped: Piped) -> None:
    mine = piped.variant(7e-5)
    local_aws.ask_fault(piped.endpoint, service="bedrock", operation="Job", message="out of luck")
    name = mine.run("start")["run"]["name"]
    _, _, runs = mine.place()
    failed = until(lambda: runs.get(name), lambda run: run.state.ended, "at its end")
    assert (failed.state, failed.step) == (State.FAILED, "look")
    assert "out of luck" in str(failed.failure)
    assert "out of luck" not in _letter(piped, name)
    assert "failed at look" in _told(piped, name)
    refused = mine.cloud.run("pipeline", "resume", str(mine.spec), "--run", name)
    assert refused.returncode == 1 and "start --again" in refused.stderr
    leap = mine.cloud.run("pipeline", "resume", str(mine.spec), "--run", name, "--from", "tell")
    assert leap.returncode == 2 and "the step look before it is not done" in leap.stderr
    assert runs.get(name) == failed
    refused = mine.cloud.run("pipeline", "start", str(mine.spec))
    assert refused.returncode == 1 and "nova-rft pipeline start --again" in refused.stderr
    following = mine.run("start", "--again")["run"]["name"]
    assert following == f"{name[:-1]}2"
    mine.run("stop", "--run", following)


def _letter(piped: Piped, name: str) -> str:
    import boto3

    queue = piped.outputs["pipeline"]["PipelineDeadLetters"]
    client: Any = boto3.client("sqs")
    end = time.monotonic() + 10
    while True:
        found = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for letter in found.get("Messages", ()):
            if name in letter["Body"]:
                return str(letter["Body"])
        assert time.monotonic() < end, "no dead letter"


def _told(piped: Piped, name: str) -> str:
    end = time.monotonic() + 10
    while not (found := [one for one in piped.told if name in one]):
        assert time.monotonic() < end, "nobody was told"
        time.sleep(0.1)
    return found[-1]


def test_logs_hold_neither_records_nor_the_webhook(piped: Piped) -> None:
    logs = Aws().client("logs")
    lines = [
        event["message"]
        for part in ("pipeline", "pipeline-events", "pipeline-start")
        for group in (f"/aws/lambda/gsm8k-math-dev-{part}",)
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])[
            "events"
        ]
    ]
    said = "\n".join(lines)
    assert "was started" in said
    assert "secret-path" not in said
    assert "Natalia" not in said
