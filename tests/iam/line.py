"""A pipeline deployed, and what is asked of it; each run of it is for other records."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from nova_rft import Project
from nova_rft.pipeline import Place as PipelinePlace
from nova_rft.pipeline import Runs, place_of, start
from tests.e2e.apart.matrix import cells, write_project
from tests.e2e.apart.pipelines import slack_secret
from tests.iam.cells import Place, plain_names
from tests.support import EXAMPLE, stdout_json

# The kind of job whose model is compared with its base, and with another that is asked with a key.
EVALUATED = "rft on bedrock"
_EVALUATION = """
evaluation:
  records: held-out.jsonl
  models:
    other: {{provider: openai, base_url: "{url}", id: m, api_key_secret: "{secret}", attempts: 1}}
"""
# How long a run may take on a machine that is loaded several times over.
WAIT_S = 300.0


def write_line(kind: str, folder: Path, url: str, secret: str) -> Path:
    """A spec for a kind of job, with what its evaluation needs where it is evaluated.

    Args:
        kind: Such as `rft on bedrock`.
        folder: For the spec.
        url: Where another model is asked.
        secret: The ARN of its key's secret.
    """
    spec = write_project(folder, cells(*kind.split(" on "))[0])
    if kind == EVALUATED:
        lines = (EXAMPLE / "data" / "validation.jsonl").read_text().splitlines(keepends=True)
        (folder / "held-out.jsonl").write_text("".join(lines[:4]))
        spec.write_text(spec.read_text() + _EVALUATION.format(url=url, secret=secret))
    return spec


def deployed(
    place: Place, kind: str, folder: Path, slack: str, *, starts: bool, model: str = "", **more: Any
) -> Line:
    """Deploys one.

    Args:
        place: Where.
        kind: Of job, such as `rft on bedrock`.
        folder: For its spec.
        slack: The address of a webhook.
        starts: Whether a deployment starts it.
        model: Where another model is asked.
        more: What else its stage says.
    """
    key = slack_secret(place.cloud, "key", f"model-{folder.name}")
    spec = write_line(kind, folder, model, key)
    # Beside the project of that kind whose stage has no pipeline.
    prefix = "net-" if more else "run-"
    spec.write_text(spec.read_text().replace("project: ", f"project: {prefix}"))
    secret = slack_secret(place.cloud, slack, folder.name)
    stage = {
        "notify": {"emails": ["a@example.com"], "slack_secret": secret},
        # What is replayed learns nothing.
        "pipeline": {"look_every_s": 1, "least_gain": -1.0, "on_deploy": starts},
        **more,
    }
    (folder / "stages.yaml").write_text(json.dumps({"stages": {"dev": stage}}))
    outputs = stdout_json(place.cloud.run("deploy", str(spec), "--json"))
    return Line(place, spec, outputs, secret, key)


@dataclass
class Line:
    """A deployed pipeline."""

    place: Place
    spec: Path
    outputs: dict[str, dict[str, str]]
    secret: str
    key: str
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
            self.key: "MODEL-KEY",
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
                    random.Random(number).shuffle(lines)
                    text = b"".join(lines)
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
                said = _said(event)
                if part in said:
                    return said
        return ""

    def end(self, execution: str) -> None:
        """Stops an execution that goes on."""
        with suppress(ClientError):
            self.place.client("stepfunctions").stop_execution(executionArn=execution)


def _said(event: Mapping[str, Any]) -> str:
    """What went wrong by an event of an execution's history."""
    details = next(one for key, one in event.items() if key.endswith("EventDetails"))
    said = str(details.get("cause") or details.get("error"))
    with suppress(ValueError, KeyError, TypeError):
        said = str(json.loads(said)["errorMessage"])
    return said


def waited(look: Callable[[], Any], seconds: float) -> Any:
    """Looks until there is something, or for so long; what there was last."""
    until = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def refused(what: str, said: str) -> str:
    """What went wrong, and the refusal that it comes of.

    Raises:
        TimeoutError: nothing was refused; the machine is too slow to tell anything by this.
    """
    if not said:
        raise TimeoutError(
            f"{what}, and nothing was refused: try again on a machine that is less loaded"
        )
    return f"{what}: {said}"
