"""What a deployment is answered, and who is told, against moto's services."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from nova_rft import Project
from nova_rft.aws.session import Aws
from nova_rft.pipeline import WARNING, Place, Run, Runs, State, Workplace, on_deploy, pack
from nova_rft.spec import Pipeline

SPEC = "project: p\ntechnique: sft\nmodel: amazon.nova-lite-v1:0:300k\ndata: {train: a.jsonl}\n"
PLACE = Place("arn:aws:states:us-east-1:123456789012:stateMachine:p-dev-pipeline", "runs", "out")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:told"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """A table of runs, a bucket, and a topic that a queue hears; no stack is deployed."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    aws = Aws("us-east-1")
    aws.client("dynamodb").create_table(
        TableName="runs",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    aws.client("s3").create_bucket(Bucket="out")
    client(aws, "sqs").create_queue(QueueName="told")
    topic = aws.client("sns").create_topic(Name="notices")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    yield Workplace(aws, Runs(aws, "runs"), "out", Pipeline(), tmp_path / "scratch", topic)
    # Whatever servers of one process make is in one account.
    asked = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    urllib.request.urlopen(asked).close()  # noqa: S310
    server.stop()


def client(aws: Aws, service: Any) -> Any:
    return aws._session.create_client(service, region_name="us-east-1")


def told(work: Workplace) -> list[tuple[str, str]]:
    """Subjects and texts that the topic was told since."""
    sqs = client(work.aws, "sqs")
    url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
    letters = [json.loads(one["Body"]) for one in found]
    return [(one["Subject"], one["Message"]) for one in letters]


def running(work: Workplace, **more: Any) -> Run:
    run = Run("p-dev-0-1", "p", "dev", State.RUNNING, "look", "0", "now", "now", "arn", **more)
    assert work.runs.create(run)
    return run


def test_a_run_that_cannot_be_started_fails_no_deployment_and_is_told(
    work: Workplace, tmp_path: Path
) -> None:
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    turns = [{"role": "user", "content": [{"text": "?"}]}]
    turns.append({"role": "assistant", "content": [{"text": "!"}]})
    line = json.dumps({"schemaVersion": "bedrock-conversation-2024", "messages": turns})
    (tmp_path / "a.jsonl").write_text(f"{line}\n" * 8)
    packed = pack(Project.load(tmp_path / "nova-rft.yaml"))
    work.aws.client("s3").put_object(Bucket="out", Key="pack", Body=packed.body)
    asked = {"Digest": packed.digest, "Bucket": "out", "Key": "pack"}
    done = on_deploy(work, PLACE, {"RequestType": "Create", "ResourceProperties": asked})
    assert (done.ok, done.run) == (True, "none")
    assert done.said.startswith(WARNING) and "nothing was started: the stack p-dev-" in done.said
    assert "does not try again" in done.said and len(done.said) < 1000
    assert "`nova-rft --stage dev pipeline start`" in done.said
    ((subject, text),) = told(work)
    assert subject == "p (dev): deploying started no run"
    assert "nothing was started: the stack p-dev-" in text


def test_a_run_that_goes_on_without_its_stack_is_told(work: Workplace) -> None:
    run = running(work, job="p-dev-0-1")
    done = on_deploy(work, PLACE, {"RequestType": "Delete", "PhysicalResourceId": run.name})
    assert (done.ok, done.run) == (True, run.name)
    ((subject, text),) = told(work)
    assert subject == "p (dev): a run goes on without its stack"
    assert text == done.said
    assert "trains on, and costs: nova-rft stop p-dev-0-1" in text


def test_where_nothing_goes_on_nobody_is_told(work: Workplace) -> None:
    run = running(work)
    work.runs.end(run, State.SUCCEEDED)
    for name in (run.name, "none"):
        done = on_deploy(work, PLACE, {"RequestType": "Delete", "PhysicalResourceId": name})
        assert (done.ok, done.run) == (True, name)
    assert told(work) == []
