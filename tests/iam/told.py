"""A pipeline's other functions, tried: by events, and by what CloudFormation asks."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from nova_rft.errors import NovaRftError
from nova_rft.pipeline import pack
from tests.iam.line import WAIT_S, Line, refused, waited

# An event is delivered at once, three times at most in three seconds.
_EVENT_S = 60.0
_TOLD_S = 30.0


@dataclass
class Heard:
    """A run that only an event wakes, and that is stopped without a word."""

    line: Line
    told: list[str]
    published: list[str] = field(default_factory=list)

    def run(self) -> str:
        """What was not heard, or not told."""
        self.line.look_every(600)
        log = f"/aws/lambda/{self.line.stack('pipeline-events')}"
        self.line.place.forget_log(log)
        queue = subscribed(self.line, "told")
        _, _, runs, name = self.line.started()
        execution = runs.get(name).execution
        try:
            waited(lambda: runs.get(name).awaits_approval or self._refused(log), WAIT_S)
            if not runs.get(name).awaits_approval:
                return refused("nobody hears that the job has ended", self._refused(log))
            self.line.end(execution)
            waited(lambda: runs.get(name).state.ended or self._refused(log), _EVENT_S)
            if not runs.get(name).state.ended:
                return refused("nobody notes that a run was stopped", self._refused(log))
        finally:
            self.line.end(execution)
        if not waited(lambda: _tells(self.told, name), _TOLD_S):
            return refused("a run was stopped, and Slack is not told", self._refused(log))
        if not waited(lambda: _tells(self._received(queue), name), _TOLD_S):
            return refused("a run was stopped, and the topic is not told", self._refused(log))
        if not waited(lambda: self.line.place.logged(log), _TOLD_S):
            return "events are heard, and leave no log"
        return ""

    def _received(self, queue: str) -> list[str]:
        self.published += received(self.line, queue)
        return self.published

    def _refused(self, log: str) -> str:
        return refusal(self.line, log)


def subscribed(line: Line, name: str) -> str:
    """A queue that gets what is published."""
    queue = str(line.place.client("sqs").create_queue(QueueName=name)["QueueUrl"])
    topic = line.outputs["pipeline"]["PipelineTopicArn"]
    arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
    line.place.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def received(line: Line, queue: str) -> list[str]:
    """What is in a queue, a page of it."""
    client = line.place.client("sqs")
    found = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())
    return [one["Body"] for one in found]


def refusal(line: Line, log: str) -> str:
    """What a function's log says of a refusal."""
    logs = line.place.client("logs")
    events = logs.filter_log_events(logGroupName=log)["events"]
    said = [one["message"] for one in events if "not authorized" in one["message"]]
    return re.sub(r".*?(?=AWS refused)", "", said[-1], count=1).strip() if said else ""


@dataclass
class SentOn:
    """What the topic was told, sent on to Slack from outside a network."""

    line: Line
    told: list[str]

    def run(self) -> str:
        """What did not arrive."""
        log = f"/aws/lambda/{self.line.stack('pipeline-slack')}"
        self.line.place.forget_log(log)
        mark = uuid.uuid4().hex
        event = json.dumps({"Records": [{"Sns": {"Subject": "A run ends", "Message": mark}}]})
        done = self.line.place.client("lambda").invoke(
            FunctionName=self.line.stack("pipeline-slack"), Payload=event.encode()
        )
        body = done["Payload"].read().decode()
        if "FunctionError" in done:
            return f"Slack is not told: {json.loads(body)['errorMessage']}"
        if not any(mark in one for one in self.told):
            raise NovaRftError("nothing was refused, and Slack is not told")
        if not self.line.place.logged(log):
            return "Slack is told, and that leaves no log"
        return ""


def _tells(said: list[str], run: str) -> bool:
    """Whether that run's end is told; of what waited for approval the steps have told."""
    return any(run in one and "its execution was stopped" in one for one in said)


def _left(said: str, run: str) -> bool:
    """Whether it is told that a run goes on; of its steps the steps tell."""
    return run in said and "goes on without its stack" in said


@dataclass
class Started:
    """What CloudFormation asks the function for, and is answered, of projects of other records."""

    line: Line
    answered: tuple[str, list[dict[str, Any]]]
    told: list[str]
    published: list[str] = field(default_factory=list)

    def run(self) -> str:
        """What the deployment is told went wrong, or who was not told that a run goes on."""
        log = f"/aws/lambda/{self.line.stack('pipeline-start')}"
        self.line.place.forget_log(log)
        project = self.line.variant()
        bucket, key = self.line.packed()
        packed = pack(project)
        self.line.place.client("s3").put_object(Bucket=bucket, Key=key, Body=packed.body)
        asked = {"Digest": packed.digest, "Bucket": bucket, "Key": key}
        made = self._asked("Create", asked)
        name = made["PhysicalResourceId"]
        if made["Status"] != "SUCCESS" or "was started" not in made["Reason"]:
            return f"the deployment fails: {made['Reason']}"
        _, runs = self.line.pipeline(project)
        # Whoever deploys again meets the job, and reads its tags.
        waited(lambda: runs.get(name).job or runs.get(name).state.ended, WAIT_S)
        again = self._asked("Update", asked, name)
        queue = subscribed(self.line, "left")
        left = self._asked("Delete", asked, name)
        self.line.end(runs.get(name).execution)
        if again["Status"] != "SUCCESS" or "was found" not in again["Reason"]:
            return f"the next deployment fails: {again['Reason']}"
        if left["Status"] != "SUCCESS" or "is running" not in left["Reason"]:
            return f"the deletion fails: {left['Reason']}"
        if not any(_left(one, name) for one in self.told):
            return refused("a run goes on, and Slack is not told", refusal(self.line, log))
        if not waited(lambda: any(_left(one, name) for one in self._received(queue)), _TOLD_S):
            return refused("a run goes on, and the topic is not told", refusal(self.line, log))
        if not self.line.place.logged(log):
            return "the run is started, and the function leaves no log"
        return ""

    def _received(self, queue: str) -> list[str]:
        self.published += received(self.line, queue)
        return self.published

    def _asked(self, kind: str, properties: dict[str, str], known: str = "") -> dict[str, Any]:
        address, answered = self.answered
        answered.clear()
        event = {
            "RequestType": kind,
            "ResponseURL": address,
            "ResourceProperties": properties,
            **({"PhysicalResourceId": known} if known else {}),
            **dict.fromkeys(("StackId", "RequestId", "LogicalResourceId"), "tried"),
        }
        functions = self.line.place.client("lambda")
        functions.invoke(
            FunctionName=self.line.stack("pipeline-start"), Payload=json.dumps(event).encode()
        )
        if not answered:
            raise NovaRftError("the function that starts a pipeline has not answered")
        return answered[-1]
