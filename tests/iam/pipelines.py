"""A pipeline deployed, and its roles tried: by a whole run, by a failure, by events, by a deployment."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from nova_rft import Project, local_aws
from nova_rft.errors import FindingsError, NovaRftError
from nova_rft.pipeline import Place as PipelinePlace
from nova_rft.pipeline import Run, Runs, State, decide, pack, place_of, start
from tests.e2e.apart.matrix import cells, write_project
from tests.e2e.apart.pipelines import slack, slack_secret
from tests.iam.answers import answers
from tests.iam.cells import KINDS, Place, Proven, log_name, plain_names
from tests.support import stdout_json

# One for each kind of job that the steps treat otherwise.
PIPELINES = ("rft on bedrock", "sft on bedrock", "rft on sagemaker", "sft on sagemaker")
# Whose jobs are started by a deployment in another way; the other roles are those of any pipeline.
STARTED = ("rft on bedrock", "rft on sagemaker")
_WAIT_S = 60.0
# An event is delivered at once, three times at most in three seconds.
_EVENT_S = 20.0


@contextmanager
def pipeline_proof(place: Place, kind: str, folder: Path) -> Iterator[list[Proven]]:
    """The roles of a pipeline for one kind of job; it is deployed as long as they are tried."""
    with slack() as (address, told), answers() as answered:
        line = _deployed(place, kind, folder, address)
        name = f"{kind}, pipeline"
        backend = KINDS[kind].backend

        def proven(role: str, holder: str, part: str, run: Callable[[], str]) -> Proven:
            names = {**line.names, log_name(f"/aws/lambda/{line.stack(part)}"): "LOG"}
            return Proven(name, backend, role, holder, names, run)

        steps = line.role_of("pipeline")
        roles = [proven("role of the steps", steps, "pipeline", Steps(line).run)]
        if kind in STARTED:
            begun = Started(line, answered)
            role = line.role_of("pipeline-start")
            roles.append(proven("role of the start", role, "pipeline-start", begun.run))
        if kind == PIPELINES[0]:
            heard = Heard(line, told)
            role = line.role_of("pipeline-events")
            roles.append(proven("role of the events", role, "pipeline-events", heard.run))
            role = line.machine_role()
            roles.append(proven("state machine's role", role, "pipeline", Failing(line).run))
        yield roles


def _deployed(place: Place, kind: str, folder: Path, slack_address: str) -> Line:
    spec = write_project(folder, cells(*kind.split(" on "))[0])
    # Beside the project of that kind whose stage has no pipeline.
    spec.write_text(spec.read_text().replace("project: ", "project: piped-"))
    secret = slack_secret(place.cloud, slack_address, folder.name)
    stage = {
        "notify": {"emails": ["a@example.com"], "slack_secret": secret},
        # What is replayed learns nothing.
        "pipeline": {"look_every_s": 1, "least_gain": -1.0, "on_deploy": kind in STARTED},
    }
    (folder / "stages.yaml").write_text(json.dumps({"stages": {"dev": stage}}))
    outputs = stdout_json(place.cloud.run("deploy", str(spec), "--json"))
    return Line(place, spec, outputs, secret)


@dataclass
class Line:
    """A deployed pipeline; each run of it is for other records."""

    place: Place
    spec: Path
    outputs: dict[str, dict[str, str]]
    secret: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def names(self) -> dict[str, str]:
        """Plain names."""
        made = self.outputs["pipeline"]
        start = "us-east-1:123456789012:"
        names = {
            **plain_names(self.outputs, Project.load(self.spec).spec.project),
            f"arn:aws:dynamodb:{start}table/{made['PipelineTable']}": "RUNS",
            f"arn:aws:sqs:{start}{made['PipelineDeadLetters'].rpartition('/')[2]}": "LETTERS",
            made["PipelineTopicArn"]: "TOPIC",
            self.secret: "SECRET",
            self.function("pipeline")["FunctionArn"]: "STEPS",
        }
        return names | ({f"arn:aws:s3:::{'/'.join(self.packed())}": "PACK"} if self.starts else {})

    @property
    def starts(self) -> bool:
        """Whether a deployment starts it."""
        return "PipelineRun" in self.outputs["pipeline"]

    def stack(self, part: str) -> str:
        """What is called so of this project."""
        return Project.load(self.spec).spec.stack_name(part)

    def function(self, part: str) -> dict[str, Any]:
        """A function's configuration."""
        functions = self.place.client("lambda")
        found: dict[str, Any] = functions.get_function_configuration(FunctionName=self.stack(part))
        return found

    def role_of(self, part: str) -> str:
        """The role of a function."""
        return str(self.function(part)["Role"])

    def machine_role(self) -> str:
        """The role of the state machine."""
        machine = self.outputs["pipeline"]["PipelineMachineArn"]
        found = self.place.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
        return str(found["roleArn"])

    def look_every(self, seconds: int) -> None:
        """Has the steps look so often at what goes on: so rarely, for example, that only events wake."""
        about = self.function("pipeline")["Environment"]["Variables"]
        settings = {**json.loads(about["NOVA_RFT_PIPELINE"]), "look_every_s": seconds}
        variables = {**about, "NOVA_RFT_PIPELINE": json.dumps(settings)}
        functions = self.place.client("lambda")
        functions.update_function_configuration(
            FunctionName=self.stack("pipeline"), Environment={"Variables": variables}
        )

    def packed(self) -> tuple[str, str]:
        """Bucket and key of what a deployment starts with."""
        stack = self.stack("pipeline")
        body = self.place.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
        template = json.loads(body) if isinstance(body, str) else body
        (asked,) = (
            one["Properties"]
            for one in template["Resources"].values()
            if one["Type"] == "AWS::CloudFormation::CustomResource"
        )
        return str(asked["Bucket"]), str(asked["Key"])

    def variant(self) -> Project:
        """The project with its records in another order: another job, and the same stacks."""
        number = next(self.numbers)
        folder = self.spec.parent / f"turned-{number}"
        folder.mkdir()
        for file in self.spec.parent.glob("*"):
            if file.is_file():
                text = file.read_bytes()
                if file.suffix == ".jsonl":
                    lines = text.splitlines(keepends=True)
                    text = b"".join(lines[number:] + lines[:number])
                (folder / file.name).write_bytes(text)
        return Project.load(folder / self.spec.name)

    def pipeline(self, project: Project) -> tuple[PipelinePlace, Runs]:
        """As people see it."""
        found = place_of(project.aws, project.spec)
        return found, Runs(project.aws, found.table)

    def started(self) -> tuple[Project, PipelinePlace, Runs, str]:
        """A run, started by the account's own master."""
        project = self.variant()
        place, runs = self.pipeline(project)
        return project, place, runs, start(project, place)[0].name

    def why(self, execution: str, part: str = "") -> str:
        """What the first state that failed said, of those with a part in it."""
        asked = self.place.client("stepfunctions").get_execution_history
        for event in asked(executionArn=execution, maxResults=1000)["events"]:
            if event["type"] in ("LambdaFunctionFailed", "TaskFailed"):
                details = next(one for key, one in event.items() if key.endswith("EventDetails"))
                said = str(details.get("cause") or details.get("error"))
                with suppress(ValueError, KeyError, TypeError):
                    said = str(json.loads(said)["errorMessage"])
                if part in said:
                    return said
        return ""

    def end(self, execution: str) -> None:
        """Stops an execution that goes on."""
        with suppress(Exception):
            self.place.client("stepfunctions").stop_execution(executionArn=execution)


def waited(look: Callable[[], Any], seconds: float) -> Any:
    """Looks until there is something, or for so long; what there was last."""
    until = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


@dataclass
class Steps:
    """A run from its start to a served model, and one whose job ends before the steps rest."""

    line: Line

    def run(self) -> str:
        """What failed."""
        return self._whole() or self._late()

    def _whole(self) -> str:
        """A run in which whoever is asked says yes."""
        log = f"/aws/lambda/{self.line.stack('pipeline')}"
        self.line.place.forget_log(log)
        project, place, runs, name = self.line.started()

        def ended() -> Run | None:
            run = runs.get(name)
            if run.awaits_approval:
                with suppress(FindingsError):  # It was answered a moment ago.
                    decide(project, place, name, approved=True)
            return run if run.state.ended else None

        done = waited(ended, _WAIT_S)
        run = runs.get(name)
        self.line.end(run.execution)
        if done is None:
            return f"the run stays at {run.step}: {self.line.why(run.execution)}"
        if run.state is not State.SUCCEEDED:
            return f"the run fails at {run.step}: {self.line.why(run.execution) or run.failure}"
        if run.steps["tell"].said != "told":
            return f"the run ends, and not all are told: {run.steps['tell'].said}"
        if not self.line.place.logged(log):
            return "the run ends, and leaves no log"
        return ""

    def _late(self) -> str:
        """The step that rests is held up until the job has ended: it has to wake the run itself."""
        place = self.line.place
        self.line.look_every(600)
        held = {"service": "lambda", "operation": "Invoke", "code": "TooManyRequestsException"}
        held["containing"] = '{"step": "rest", "run"'
        local_aws.ask_fault(place.endpoint, times=1000, **held)
        project, _, runs, name = self.line.started()
        run = runs.get(name)
        try:
            waited(lambda: _has_ended(project, runs.get(name)), _WAIT_S)
            local_aws.forget_faults(place.endpoint)
            waited(lambda: runs.get(name).step != "look" or runs.get(name).state.ended, _WAIT_S)
            if runs.get(name).step == "look":
                why = self.line.why(run.execution, "not authorized")
                return f"a job that ended early wakes nobody: {why}"
            return ""
        finally:
            local_aws.forget_faults(place.endpoint)
            self.line.end(run.execution)
            self.line.look_every(1)


def _has_ended(project: Project, run: Run) -> bool:
    return run.job is not None and project.job(run.job).status.ended


@dataclass
class Heard:
    """A run that only an event wakes, and that is stopped without a word."""

    line: Line
    told: list[str]

    def run(self) -> str:
        """What was not heard, or not told."""
        self.line.look_every(600)
        log = f"/aws/lambda/{self.line.stack('pipeline-events')}"
        self.line.place.forget_log(log)
        queue = self._subscribed()
        _, _, runs, name = self.line.started()
        run = runs.get(name)
        try:
            waited(lambda: runs.get(name).awaits_approval or self._refused(log), _WAIT_S)
            if not runs.get(name).awaits_approval:
                return f"nobody hears that the job has ended: {self._refused(log)}"
            self.line.end(run.execution)
            waited(lambda: runs.get(name).state.ended or self._refused(log), _EVENT_S)
            if not runs.get(name).state.ended:
                return f"nobody notes that a run was stopped: {self._refused(log)}"
        finally:
            self.line.end(run.execution)
        for what, found in (
            ("Slack", lambda: any(_tells(one, name) for one in self.told)),
            ("the topic", lambda: self._published(queue, name)),
        ):
            if (
                not waited(lambda found=found: found() or self._refused(log), _EVENT_S)
                or not found()
            ):
                return f"a run was stopped, and {what} is not told: {self._refused(log)}"
        if not waited(lambda: self.line.place.logged(log), 2):
            return "events are heard, and leave no log"
        return ""

    def _subscribed(self) -> str:
        """A queue that has what is published."""
        queue = str(self.line.place.client("sqs").create_queue(QueueName="told")["QueueUrl"])
        topic = self.line.outputs["pipeline"]["PipelineTopicArn"]
        arn = "arn:aws:sqs:us-east-1:123456789012:told"
        self.line.place.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self._published(queue, "")
        self.seen: list[str] = []
        return queue

    def _published(self, queue: str, name: str) -> bool:
        client = self.line.place.client("sqs")
        found = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())
        self.seen = [*getattr(self, "seen", ()), *(one["Body"] for one in found)]
        return any(_tells(one, name) for one in self.seen)

    def _refused(self, log: str) -> str:
        """What the function's log says of a refusal."""
        logs = self.line.place.client("logs")
        events = logs.filter_log_events(logGroupName=log)["events"]
        said = [one["message"] for one in events if "not authorized" in one["message"]]
        return said[-1].strip() if said else ""


def _tells(text: str, run: str) -> bool:
    """Whether it is of that run's end; of what waited for approval the steps have told."""
    return run in text and "its execution was stopped" in text


@dataclass
class Failing:
    """An execution whose run nobody knows: it fails at once, and is a dead letter."""

    line: Line

    def run(self) -> str:
        """What of the failure went wrong."""
        client = self.line.place.client("stepfunctions")
        self._letters()
        asked = {"run": "nobody's", "resumed": 0, "at": {"step": "validate"}}
        execution = client.start_execution(
            stateMachineArn=self.line.outputs["pipeline"]["PipelineMachineArn"],
            name=uuid.uuid4().hex,
            input=json.dumps(asked),
        )["executionArn"]

        def ended() -> bool:
            status = client.describe_execution(executionArn=execution)["status"]
            return status != "RUNNING" or bool(self._refused(execution))

        waited(ended, _WAIT_S)
        refused = self._refused(execution)
        self.line.end(execution)
        if refused:
            return refused
        sent = any(execution in letter for letter in self._letters())
        return "" if sent else "the dead letter is not sent"

    def _letters(self) -> list[str]:
        """All that lie there; nobody finds them twice."""
        client = self.line.place.client("sqs")
        queue = self.line.outputs["pipeline"]["PipelineDeadLetters"]
        found: list[str] = []
        while got := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for one in got:
                found.append(one["Body"])
                client.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
        return found

    def _refused(self, execution: str) -> str:
        """A refusal in the history: the machine tries some of them again for long."""
        asked = self.line.place.client("stepfunctions").get_execution_history
        for event in asked(executionArn=execution, maxResults=1000)["events"]:
            for key, details in event.items():
                if key.endswith("EventDetails") and "not authorized" in str(details.get("cause")):
                    said = str(details["cause"])
                    with suppress(ValueError, KeyError, TypeError):
                        said = str(json.loads(said)["errorMessage"])
                    what = "a step is not taken" if "lambda:" in said else "the dead letter is lost"
                    return f"{what}: {said}"
        return ""


@dataclass
class Started:
    """What CloudFormation asks the function for, and is answered, of projects of other records."""

    line: Line
    answered: tuple[str, list[dict[str, Any]]]

    def run(self) -> str:
        """What the deployment is told went wrong."""
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
        waited(lambda: runs.get(name).job or runs.get(name).state.ended, _WAIT_S)
        again = self._asked("Update", asked, name)
        left = self._asked("Delete", asked, name)
        self.line.end(runs.get(name).execution)
        if again["Status"] != "SUCCESS" or "was found" not in again["Reason"]:
            return f"the next deployment fails: {again['Reason']}"
        if left["Status"] != "SUCCESS" or "is running" not in left["Reason"]:
            return f"the deletion fails: {left['Reason']}"
        if not self.line.place.logged(log):
            return "the run is started, and the function leaves no log"
        return ""

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


def forget_jobs(place: Place) -> None:
    """Takes away what runs have made: long lists would make each run slower than the one before."""
    for service, lists, key, name in (
        ("bedrock", "list_model_customization_jobs", "modelCustomizationJobSummaries", "jobArn"),
        ("sagemaker", "list_training_jobs", "TrainingJobSummaries", "TrainingJobArn"),
    ):
        for one in getattr(place.client(service), lists)()[key]:
            local_aws.forget_job(place.endpoint, service, one[name])
