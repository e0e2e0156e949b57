"""Scoring at scale, deployed, and its roles tried: by a map over the reward Lambda, and by a batch."""

from __future__ import annotations

import gzip
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nova_rft import Project
from nova_rft.errors import NovaRftError
from nova_rft.project._batched import draw_in_batches
from nova_rft.sampling import FilePurse
from nova_rft.spec import ScriptedJudge
from tests.iam.cells import Place, Proven, log_name, plain_names
from tests.iam.events import JUDGED
from tests.support import EXAMPLE, stdout_json

_NAME = "scoring"
# A batch of fewer is refused; one question is asked beforehand, on demand.
_ITEMS = {"map": 4, "batch": 104}
SCORED = JUDGED.replace("project: judged", "project: scored").replace(
    "    - {name: cases, type: code, tests: tests, limits: {time_s: 2, memory_mb: 256}}\n", ""
)


def scoring_proof(place: Place, folder: Path) -> list[Proven]:
    """The roles of what scores large files."""
    folder.mkdir()
    (folder / "train.jsonl").write_text("")
    (folder / "stages.yaml").write_text("stages: {dev: {scoring: true}}\n")
    spec = folder / "nova-rft.yaml"
    spec.write_text(SCORED)
    outputs = stdout_json(place.cloud.run("deploy", str(spec), "--json"))
    function = place.client("lambda").get_function_configuration(FunctionName="scored-dev-score")
    machine = place.client("stepfunctions").describe_state_machine(
        stateMachineArn=outputs["scoring"]["ScoringMachineArn"]
    )
    names = {
        **plain_names(outputs, "scored"),
        function["FunctionArn"]: "SCORE",
        log_name("/aws/lambda/scored-dev-score"): "LOG",
    }
    arn = outputs["scoring"]["ScoringMachineArn"]
    mapped, batched = Scored(place, spec, arn, "map"), Scored(place, spec, arn, "batch")
    return [
        Proven(_NAME, _NAME, "function's role", function["Role"], names, mapped.run),
        Proven(_NAME, _NAME, "state machine's role", machine["roleArn"], names, mapped.run),
        Proven(
            _NAME, _NAME, "batches' role", outputs["scoring"]["BatchRoleArn"], names, batched.run
        ),
    ]


@dataclass
class Scored:
    """A file of rollouts that nobody has scored yet, scored in AWS."""

    place: Place
    spec: Path
    machine: str
    engine: Literal["map", "batch"]

    def run(self) -> str:
        """What was not scored, and why."""
        log = "/aws/lambda/scored-dev-score"
        self.place.forget_log(log)
        mark = uuid.uuid4().hex
        file = self.spec.parent / f"{mark}.jsonl"
        with gzip.open(EXAMPLE / "data" / "rollouts.jsonl.gz", "rt") as lines:
            some = [json.loads(next(lines)) for _ in range(_ITEMS[self.engine])]
        file.write_text("".join(json.dumps(_marked(one, mark)) + "\n" for one in some))
        try:
            rows = file.with_suffix(".rows")
            done = Project.load(self.spec).score_file(file, rows, engine=self.engine, event_size=2)
        except NovaRftError as error:
            return f"nothing is scored: {error}"
        if done.failed or done.scored != len(some):
            return f"not all is scored: {'; '.join(done.failures) or done.abstained}"
        if self.engine == "batch":
            return self._compared(mark)
        if self.engine == "map":
            if why := self._ended_badly():
                return f"all is scored, and its execution fails: {why}"
            if not self.place.logged(log):
                return "all is scored, and leaves no log"
        return ""

    def _compared(self, mark: str) -> str:
        """Whether the base does not answer prompts in a batch, as an evaluation asks it."""
        prompts = [f"What is {n} and one? ({mark})" for n in range(_ITEMS["batch"])]
        records = self.spec.parent / f"{mark}.held-out.jsonl"
        asked = ({"messages": [{"role": "user", "content": one}]} for one in prompts)
        records.write_text("".join(json.dumps(one) + "\n" for one in asked))
        project, out = Project.load(self.spec), records.with_suffix(".evaluation")
        settled = project.evaluating(
            out,
            custom="none",
            same_judge=True,
            engine="batch",
            records=str(records),
            models={"other": ScriptedJudge(provider="scripted")},
        )
        sampling, purse = settled.sampling, FilePurse(out / "spent.txt")
        try:
            draw_in_batches(
                *(project, sampling, settled.batched, settled.reward, purse),
                budget=None,
                progress=lambda _: None,
            )
        except NovaRftError as error:
            return f"all is scored, and the base is not asked: {error}"
        left = len(sampling.unanswered(sampling.contenders[0]))
        return f"all is scored, and the base leaves {left} prompts unanswered" if left else ""

    def _ended_badly(self) -> str:
        """Why the newest execution failed, if it did: what its children scored is there all the same."""
        client = self.place.client("stepfunctions")
        newest = client.list_executions(stateMachineArn=self.machine)["executions"]
        execution = max(newest, key=lambda one: one["startDate"])["executionArn"]
        found = client.describe_execution(executionArn=execution)
        return "" if found["status"] == "SUCCEEDED" else str(found.get("cause") or found["status"])


def _marked(rollout: dict[str, Any], mark: str) -> dict[str, Any]:
    """The same, said a little otherwise: its row is not known."""
    said = rollout["messages"][-1]
    content = said["content"]
    if isinstance(content, str):
        said["content"] = f"{content} ({mark})"
    else:
        content[-1]["text"] += f" ({mark})"
    return rollout
