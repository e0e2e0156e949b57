"""A project with a pipeline, deployed once on an embedded AWS of its own, and what is asked of it."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.pipeline import Place, Run, Runs, place_of
from nova_rft.project import Project
from tests.support import EXAMPLE, Cloud, own_cloud

JUDGE = "us.amazon.nova-premier-v1:0"
HELD_OUT = 8
# The trainer's own judge stands in the reward. What is asked is known to cost less than a dollar.
EVALUATION = f"""
evaluation:
  records: held-out.jsonl
  judge: {{provider: bedrock, id: {JUDGE}}}
  prices: {{base: {{input: 1, output: 4}}, {JUDGE}: {{input: 1, output: 4}}}}
"""
# Patience with a loaded machine.
_WAIT_S = 120.0


@dataclass(frozen=True)
class Piped:
    """A deployed pipeline.

    Attributes:
        cloud: Its embedded AWS.
        spec: The project's spec.
        outputs: Of the deployment.
        told: What Slack was told.
    """

    cloud: Cloud
    spec: Path
    outputs: dict[str, dict[str, str]]
    told: list[str]

    @property
    def endpoint(self) -> str:
        return self.cloud.environment["AWS_ENDPOINT_URL"]

    def run(self, *arguments: str) -> Any:
        """A command of `nova-rft pipeline`; what it printed as JSON."""
        command, *rest = arguments
        asked = ["pipeline", command, str(self.spec), *rest, "--json"]
        done = self.cloud.run(*asked, folder=self.spec.parent)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def place(self) -> tuple[Project, Place, Runs]:
        """This process's own view: the test sets the environment."""
        project = Project.load(self.spec)
        place = place_of(project.aws, project.spec)
        return project, place, Runs(project.aws, place.table)

    def variant(self, learning_rate: float) -> Piped:
        """The same project with another learning rate: another job, and the same stacks."""
        folder = self.spec.parent / f"rate-{learning_rate!r}"
        folder.mkdir(exist_ok=True)
        for file in self.spec.parent.glob("*"):
            if file.is_file():
                text = file.read_bytes()
                if file == self.spec:
                    changed = f"learning_rate: {learning_rate!r}".encode()
                    text = text.replace(b"learning_rate: 5e-5", changed)
                (folder / file.name).write_bytes(text)
        return Piped(self.cloud, folder / self.spec.name, self.outputs, self.told)

    def jobs(self, run: str) -> list[str]:
        """The names of all jobs for that digest."""
        found = (
            Aws()
            .client("bedrock")
            .list_model_customization_jobs(nameContains=run.rpartition("-")[0], maxResults=100)
        )
        return [summary["jobName"] for summary in found["modelCustomizationJobSummaries"]]

    def evaluation(self, run: str, name: str) -> bytes:
        """A file of its evaluation, as the output bucket has it."""
        bucket = self.outputs["storage"]["OutputBucket"]
        found = Aws().client("s3").get_object(Bucket=bucket, Key=f"evaluations/{run}/{name}")
        return found["Body"].read()

    def deployments(self, run: str) -> list[str]:
        """The names of its models' deployments."""
        found = Aws().client("bedrock").list_custom_model_deployments(nameContains=run)
        return [one["customModelDeploymentName"] for one in found["modelDeploymentSummaries"]]

    def forget_packs(self) -> None:
        """As in a function that was started afresh: what was packed has to be fetched again."""
        packs = self.cloud.home / "local" / "lambda" / "tmp" / "nova-rft" / "packs"
        shutil.rmtree(packs, ignore_errors=True)

    def fault(self, step: str, operation: str, **more: Any) -> None:
        """Has one step meet a fault of the functions: no other event begins as its does."""
        asked = {"service": "lambda", "operation": operation, **more}
        local_aws.ask_fault(self.endpoint, containing=f'{{"step": "{step}", "run"', **asked)


def until(look: Callable[[], Run], holds: Callable[[Run], bool], what: str) -> Run:
    """Looks at a run until something holds."""
    end = time.monotonic() + _WAIT_S
    while True:
        run = look()
        if holds(run):
            return run
        assert time.monotonic() < end, f"not {what}: {run}"
        time.sleep(0.2)


@contextmanager
def deployed(home: Path, project: Path, *, look_every_s: int, on_deploy: bool) -> Iterator[Piped]:
    """An embedded AWS with the pipeline in it."""
    with slack() as (address, told):
        recorded = f"recorded:{EXAMPLE / 'data' / 'rollouts.jsonl.gz'}"
        cloud = own_cloud(home, recorded, enforce_iam=True)
        try:
            spec = _project(project)
            secret = slack_secret(cloud, address)
            stage = {
                "removal": "destroy",
                "notify": {"slack_secret": secret},
                "pipeline": {
                    "look_every_s": look_every_s,
                    "on_deploy": on_deploy,
                    # What is replayed learns nothing.
                    "least_gain": -1.0,
                    "evaluation_budget": 5.0,
                },
            }
            (project / "stages.yaml").write_text(json.dumps({"stages": {"dev": stage}}))
            done = cloud.run("deploy", str(spec), "--json", folder=project)
            assert done.returncode == 0, done.stderr
            yield Piped(cloud, spec, json.loads(done.stdout), told)
        finally:
            local_aws.down(home)


def _project(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    lines = (EXAMPLE / "data" / "train.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "train.jsonl").write_bytes(b"".join(lines[:100]))
    text = (EXAMPLE / "nova-rft.yaml").read_text()
    text = text.replace("data/train.jsonl", "train.jsonl")
    text = text.replace("  validation: data/validation.jsonl\n", "")
    held_out = (EXAMPLE / "data" / "validation.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "held-out.jsonl").write_bytes(b"".join(held_out[:HELD_OUT]))
    text += EVALUATION
    spec = folder / "nova-rft.yaml"
    spec.write_text(text)
    return spec


def slack_secret(cloud: Cloud, address: str, name: str = "slack") -> str:
    """The ARN of a secret that holds a webhook's address."""
    import boto3

    client: Any = boto3.client(
        "secretsmanager",
        endpoint_url=cloud.environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )
    return str(client.create_secret(Name=name, SecretString=address)["ARN"])


@contextmanager
def slack() -> Iterator[tuple[str, list[str]]]:
    """A webhook on this machine, and what it was sent."""
    told: list[str] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/T0/secret-path", told
    finally:
        server.shutdown()
        server.server_close()
