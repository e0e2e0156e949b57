"""The examples that the command line's help shows, and what comes of each when it is run.

They are taken from the app itself. What they run in is `help_project.py`'s.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import boto3
import typer

from nova_rft.cli._app import app
from nova_rft.cli._examples import Examples
from tests.support import PROGRAM, Cloud, run_program


@dataclass(frozen=True)
class Case:
    """What comes of an example.

    Attributes:
        says: Words of what it prints.
        status: Its exit status.
        folder: Of the project that it runs in.
        after: Examples that have to have run before, in the same folder.
        more: Words that bound what would go on for long.
        where: `gate`; `deployed`, with the real CDK and a pipeline; `rehearse`, with what trains.
        serves: Whether it goes on until Ctrl-C, which it gets when it has said so.
    """

    says: str
    status: int = 0
    folder: str = "mine"
    after: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    where: str = "gate"
    serves: bool = False


_SUBMIT: Final = ("nova-rft submit",)
_WATCH: Final = ("nova-rft watch",)
_SERVE: Final = ("nova-rft serve-model",)
_LABEL: Final = "nova-rft label data/rollouts.jsonl --out labels.jsonl --annotator anna"
_FEW: Final = ("--steps", "2", "--batch", "16")
_REJECT: Final = 'nova-rft pipeline reject --why "worse on long answers"'
# The embedded model answers by rote, so that nothing differs: no gain, and a judge that is fooled.
CASES: Final = {
    "nova-rft init --list": Case("support-tone"),
    "nova-rft init tone --template support-tone": Case("tone: 6 files"),
    "nova-rft doctor": Case("credentials: account"),
    "nova-rft check": Case("No findings."),
    "nova-rft check --page records.html": Case("page: records.html"),
    "nova-rft schema > nova-rft.schema.json": Case("nova-rft.schema.json"),
    "nova-rft score data/rollouts.jsonl --judge scripted": Case("128 rollouts, mean reward"),
    "nova-rft score data/rollouts.jsonl --engine lambda --out scores.jsonl": Case("128 rows"),
    # A page that waits for people: the set alone.
    _LABEL: Case("60 single responses", folder="labelled", more=("--draw-only",)),
    "nova-rft calibrate labels.jsonl": Case("judge calls", status=1, folder="other"),
    "nova-rft calibrate labels.jsonl --replay --page calibration.html": Case(
        "page: calibration.html", folder="other"
    ),
    "nova-rft refine labels.jsonl --out better.yaml": Case(
        "No variant agrees better", status=1, folder="other"
    ),
    "nova-rft preview --estimate": Case("answers of us.amazon.nova-2-lite"),
    "nova-rft preview --prompts 16": Case("Next: nova-rft forecast"),
    "nova-rft signal preview/rollouts.jsonl": Case("advised", folder="other"),
    "nova-rft forecast preview/rollouts.jsonl": Case("likely to grow", folder="other"),
    # Two steps of the hundred.
    "nova-rft rehearse": Case("tiny policy shows", folder="maths", more=_FEW, where="rehearse"),
    "nova-rft rehearse --task format --flaw length": Case(
        "tiny policy shows", more=_FEW, where="rehearse"
    ),
    "nova-rft deploy": Case("Next: nova-rft submit", where="deployed"),
    "nova-rft diff": Case("No change", after=("nova-rft deploy",), where="deployed"),
    # The stage was not deployed; that stacks are deleted is tested beside, with the CDK.
    "nova-rft --stage test destroy": Case("Nothing of gsm8k-math (test) is deployed"),
    "nova-rft submit": Case("ubmitted"),
    "nova-rft watch": Case("Completed", after=_SUBMIT),
    "nova-rft watch --all --once": Case("gsm8k-math", after=_SUBMIT),
    "nova-rft ui --no-browser": Case("http://127.0.0.1:", status=130, serves=True),
    "nova-rft jobs": Case("gsm8k-math", after=_SUBMIT),
    "nova-rft jobs --status Completed --since 30d": Case("gsm8k-math", after=_WATCH),
    "nova-rft jobs capabilities --technique dpo": Case("sagemaker-recipe"),
    "nova-rft jobs clone --set training.epochs=2 --out next.yaml": Case("next", after=_SUBMIT),
    "nova-rft pipeline start": Case("Started", where="deployed"),
    "nova-rft pipeline status": Case(
        "validate", after=("nova-rft pipeline start",), where="deployed"
    ),
    "nova-rft pipeline list": Case(
        "gsm8k-math", after=("nova-rft pipeline start",), where="deployed"
    ),
    _REJECT: Case("Rejected", after=("nova-rft pipeline start",), where="deployed"),
    "nova-rft pipeline resume": Case("Resumed", after=(_REJECT,), where="deployed"),
    "nova-rft pipeline approve": Case(
        "Approved", after=("nova-rft pipeline resume",), where="deployed"
    ),
    # A run of another job.
    "nova-rft pipeline stop": Case(
        "Stopped", folder="other", after=("nova-rft pipeline start",), where="deployed"
    ),
    "nova-rft evaluate --estimate": Case("prompts", after=_SERVE),
    "nova-rft evaluate --threshold 0": Case("not met", status=1, after=_SERVE),
    "nova-rft report --out report.html": Case("report.html", after=_WATCH),
    "nova-rft serve-model": Case("Next: nova-rft invoke", after=_WATCH),
    "nova-rft serve-model --list": Case("gsm8k-math", after=_SERVE),
    'nova-rft invoke "What is 7 times 8?"': Case("7 times 8", after=_SERVE),
    'nova-rft invoke "What is 7 times 8?" --base': Case("7 times 8"),
    "nova-rft data check data/train.jsonl": Case("100 records"),
    "nova-rft data check train.jsonl --technique sft --fix mended.jsonl": Case("200 records"),
    "nova-rft data convert faq.csv --map prompt=question --to rft --out faq.jsonl": Case("2"),
    "nova-rft data split all.jsonl --by patient_id": Case("train.jsonl", folder="split"),
    "nova-rft data corpus law.yaml --out law": Case("1 shards in law/shards"),
    "nova-rft data distil --estimate": Case("6 prompts wait", folder="taught"),
    "nova-rft data distil --out distilled": Case("6 records", folder="taught"),
    "nova-rft data rules --technique sft": Case("sft."),
    "nova-rft judge criteria": Case("tone"),
    "nova-rft judge quiz data/train.jsonl --out quizzed.jsonl": Case("records", folder="quiz"),
    "nova-rft judge probe --prompts 5": Case("pay", status=1),
    "nova-rft reward test": Case("hard events, 0 errors"),
    "nova-rft reward test --local": Case("hard events, 0 errors"),
    "nova-rft local up --policy tiny": Case("Policy of rewarded jobs: tiny", folder="apart"),
    "nova-rft local status": Case(
        "tiny", folder="apart", after=("nova-rft local up --policy tiny",)
    ),
    'eval "$(nova-rft local env)"': Case(
        "http://127.0.0.1:", folder="apart", after=("nova-rft local up --policy tiny",)
    ),
    "nova-rft local fault bedrock GetModelCustomizationJob --times 3": Case(
        "refused", folder="apart", after=("nova-rft local up --policy tiny",)
    ),
    "nova-rft local down": Case(
        "has ended", folder="apart", after=("nova-rft local up --policy tiny",)
    ),
    # Last: what another job is the newest for.
    "nova-rft jobs adopt my-notebook-job": Case("Adopted", after=_SUBMIT),
    "nova-rft stop": Case("top", folder="long", after=_SUBMIT),
}  # fmt: skip


def commands() -> Iterator[tuple[str, Any]]:
    """Every command of the app as it stands, groups too, each with its name."""
    yield from _below(typer.main.get_command(app), "nova-rft")


def _below(found: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, found
    for word, one in getattr(found, "commands", {}).items():
        yield from _below(one, f"{name} {word}")


def examples() -> list[str]:
    """All of the app, in their order, each once."""
    shown: dict[str, None] = {}
    for _, command in commands():
        if isinstance(command.epilog, Examples):
            shown |= dict.fromkeys(command.epilog.lines)
    return list(shown)


@dataclass(frozen=True)
class Tried:
    """Projects, and what came of the examples that have run in them.

    Attributes:
        cloud: The embedded AWS where the project is deployed.
        home: The folder of the projects.
        done: By folder and example.
    """

    cloud: Cloud
    home: Path
    done: dict[tuple[str, str], subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def hold(self, example: str) -> None:
        """Runs one, after those that it needs, and looks at what came of it."""
        case = CASES[example]
        done = self.run(case.folder, example)
        assert done.returncode == case.status, done.stdout + done.stderr
        assert case.says in done.stdout + " ".join(done.stderr.split()), done.stderr
        assert "Traceback" not in done.stderr

    def run(self, folder: str, example: str) -> subprocess.CompletedProcess[str]:
        """What came of one in a project, which runs at most once there."""
        if (folder, example) not in self.done:
            for before in CASES[example].after:
                self.run(folder, before)
            _make_ready(self, folder, example)
            self.done[folder, example] = self._run(folder, example)
        return self.done[folder, example]

    def _run(self, folder: str, example: str) -> subprocess.CompletedProcess[str]:
        there = dict(self.cloud.environment)
        place = self.home / folder
        if folder == "apart":
            there["NOVA_RFT_HOME"] = str(place)
        words = shlex.split(example)
        if CASES[example].serves:
            return _until_ctrl_c(words, CASES[example].says, place, there)
        if words[0] == "nova-rft" and ">" not in words:
            more = CASES[example].more
            return run_program(*words[1:], *more, folder=place, environment=there)
        # Is more than a command: by a shell, which then tells what it has.
        there["PATH"] = os.pathsep.join((str(Path(PROGRAM).parent), there["PATH"]))
        command = f"{example}\nls\necho $AWS_ENDPOINT_URL"
        return subprocess.run(
            ["bash", "-ec", command], cwd=place, env=there, capture_output=True, text=True
        )

    def name_of_job(self, folder: str) -> str:
        """The name of the job that `submit` makes there."""
        submitted = self.cloud.run("submit", "--json", folder=self.home / folder)
        name: str = json.loads(submitted.stdout)["job"]["name"]
        return name


def _until_ctrl_c(
    words: list[str], says: str, place: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, *words[1:]]
    running = subprocess.Popen(
        command,
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    said = ""
    for line in running.stderr:
        said += line
        if says in line:
            break
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    return subprocess.CompletedProcess(command, running.returncode, out, said + err)


def _make_ready(tried: Tried, folder: str, example: str) -> None:
    """What an example takes for granted that no example makes."""
    if example == "nova-rft jobs adopt my-notebook-job":
        _start_elsewhere(tried.cloud, tried.name_of_job(folder), "my-notebook-job")


def _start_elsewhere(cloud: Cloud, like: str, name: str) -> None:
    """A job much like another one, as a notebook starts it."""

    def client(service: str) -> Any:
        there = cloud.environment
        return cast(Any, boto3).client(
            service,
            endpoint_url=there["AWS_ENDPOINT_URL"],
            region_name=there["AWS_DEFAULT_REGION"],
            aws_access_key_id=there["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=there["AWS_SECRET_ACCESS_KEY"],
        )

    bedrock = client("bedrock")
    request = bedrock.get_model_customization_job(jobIdentifier=like)
    # Of records that cannot be trained on, so that it ends at once.
    bucket = request["outputDataConfig"]["s3Uri"].split("/")[2]
    client("s3").put_object(Bucket=bucket, Key="notebook.jsonl", Body=b"{}\n")
    bedrock.create_model_customization_job(
        jobName=name,
        customModelName=name,
        roleArn=request["roleArn"],
        baseModelIdentifier="amazon.nova-2-lite-v1:0:256k",
        customizationType="REINFORCEMENT_FINE_TUNING",
        trainingDataConfig={"s3Uri": f"s3://{bucket}/notebook.jsonl"},
        outputDataConfig=request["outputDataConfig"],
        customizationConfig=request["customizationConfig"],
    )
