"""A pipeline's steps and its state machine, tried: by a whole run, and by one that fails."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import dataclass

from nova_rft import Project, local_aws
from nova_rft.errors import FindingsError
from nova_rft.pipeline import Run, State, decide
from tests.iam.line import WAIT_S, Line, refused, waited


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
        self._cut_short(name)

        def ended() -> Run | None:
            run = runs.get(name)
            if run.awaits_approval:
                with suppress(FindingsError):  # It was answered a moment ago.
                    decide(project, place, name, approved=True)
            return run if run.state.ended else None

        done = waited(ended, WAIT_S)
        run = runs.get(name)
        self.line.end(run.execution)
        if done is None:
            return refused(f"the run stays at {run.step}", self.line.why(run.execution))
        if run.state is not State.SUCCEEDED:
            return f"the run fails at {run.step}: {self.line.why(run.execution) or run.failure}"
        if run.steps["tell"].said != "told":
            return f"the run ends, and not all are told: {run.steps['tell'].said}"
        if not self.line.place.logged(log):
            return "the run ends, and leaves no log"
        return ""

    def _cut_short(self, run: str) -> None:
        """As if a call that was cut short had begun to evaluate: the next goes on from what it kept."""
        self.line.place.client("s3").put_object(
            Bucket=self.line.outputs["pipeline"]["PipelineBucket"],
            Key=f"evaluations/{run}/answers.jsonl",
            Body=b"",
        )

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
            waited(lambda: _has_ended(project, runs.get(name)), WAIT_S)
            local_aws.forget_faults(place.endpoint)
            waited(lambda: runs.get(name).step != "look" or runs.get(name).state.ended, WAIT_S)
            if runs.get(name).step == "look":
                why = self.line.why(run.execution, "not authorized")
                return refused("a job that ended early wakes nobody", why)
            return ""
        finally:
            local_aws.forget_faults(place.endpoint)
            self.line.end(run.execution)
            self.line.look_every(1)


def _has_ended(project: Project, run: Run) -> bool:
    return run.job is not None and project.job(run.job).status.ended


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

        waited(ended, WAIT_S)
        said = self._refused(execution)
        self.line.end(execution)
        if said:
            return said
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
        said = self.line.why(execution, "not authorized")
        what = "a step is not taken" if "lambda:" in said else "the dead letter is lost"
        return f"{what}: {said}" if said else ""
