"""A reinforcement fine-tuning job: its record, and the walk from submission to its end."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from nova_rft.data import Asked, Message, check_records_of, json_lines, read_messages
from nova_rft.local_aws._policy import Policy, PolicyFailed

PHASES: Final = ("validationDetails", "dataProcessingDetails", "trainingDetails")
# Seconds that a phase takes at least, so that there is something to see.
_PHASE_S: Final = 0.3
# An event is split between prompts before it reaches Lambda's limit of 6 MB.
_LARGEST_EVENT: Final = 5 * 1024 * 1024
# The service's defaults where a job leaves a hyperparameter out (assumed: not documented).
_DEFAULTS: Final = {"epochCount": 1, "batchSize": 32, "trainingSamplePerPrompt": 4}


class JobFailed(Exception):
    """Ends a job Failed; the message is its failureMessage."""


class JobStopped(Exception):
    """Ends a job Stopped."""


class Surroundings(Protocol):
    """What a job reaches for while it runs."""

    def read(self, region: str, uri: str) -> bytes:
        """The object at an S3 address."""
        ...

    def write(self, region: str, uri: str, body: bytes) -> None:
        """Puts an object at an S3 address."""
        ...

    def invoke(self, region: str, arn: str, payload: bytes) -> tuple[bytes, str]:
        """Calls a Lambda: payload and kind of error."""
        ...


@dataclass(slots=True)
class JobRecord:
    """What Bedrock knows of a job; `shown` is the answer of GetModelCustomizationJob."""

    request: Mapping[str, Any]
    region: str
    shown: dict[str, Any]
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> bool:
        """Asks the job to stop; False where it has ended."""
        with self.lock:
            if self.shown["status"] not in ("InProgress", "Stopping"):
                return False
            self.shown |= {"status": "Stopping", "lastModifiedTime": datetime.now(UTC)}
            self.stopping.set()
            return True

    def snapshot(self) -> dict[str, Any]:
        """`shown` as it is now, which the job does not change any more."""
        with self.lock:
            return copy.deepcopy(self.shown)

    @property
    def rft(self) -> Mapping[str, Any]:
        """The request's `rftConfig`."""
        config: Mapping[str, Any] = self.request["customizationConfig"]["rftConfig"]
        return config

    def hyperparameter(self, name: str) -> int:
        """An integer of the request, or the service's default."""
        return int(self.rft.get("hyperParameters", {}).get(name, _DEFAULTS[name]))


class Run:
    """One walk through a job, in a thread of its own."""

    def __init__(
        self,
        job: JobRecord,
        policy: Policy,
        around: Surroundings,
        make_model: Callable[[JobRecord], str],
    ) -> None:
        self._job = job
        self._policy = policy
        self._around = around
        self._make_model = make_model
        self._steps: list[dict[str, float]] = []

    def walk(self) -> None:
        """Through the phases to the end; sets the job's last status."""
        try:
            self._phase(PHASES[0])
            records = self._records(self._job.request["trainingDataConfig"]["s3Uri"], training=True)
            validation = [
                record
                for validator in self._job.request.get("validationDataConfig", {}).get(
                    "validators", ()
                )
                for record in self._records(validator["s3Uri"], training=False)
            ]
            self._phase(PHASES[1])
            self._phase(PHASES[2])
            self._train(records, validation)
            self._complete()
        except JobStopped:
            self._end("Stopped")
        except (JobFailed, PolicyFailed) as failure:
            self._end("Failed", str(failure))
        except Exception as error:
            # A fault of ours; a job that stays InProgress for ever would hide it.
            traceback.print_exc()
            self._end("Failed", f"internal error of the embedded AWS: {error!r}")

    def _complete(self) -> None:
        with self._job.lock:
            # Past this point it is too late to stop.
            if self._job.stopping.is_set():
                raise JobStopped
            self._job.shown["outputModelArn"] = self._make_model(self._job)
            self._finish("Completed")

    def _phase(self, name: str) -> None:
        """Ends the phase before and begins this one."""
        now = datetime.now(UTC)
        with self._job.lock:
            details = self._job.shown["statusDetails"]
            for phase in PHASES[: PHASES.index(name)]:
                if details[phase]["status"] == "InProgress":
                    details[phase] |= {"status": "Completed", "lastModifiedTime": now}
            details[name] = {"status": "InProgress", "creationTime": now, "lastModifiedTime": now}
            self._job.shown["lastModifiedTime"] = now
        if self._job.stopping.wait(_PHASE_S):
            raise JobStopped

    def _end(self, status: str, failure: str | None = None) -> None:
        with self._job.lock:
            self._finish(status, failure)

    def _finish(self, status: str, failure: str | None = None) -> None:
        """Sets the last status; for a holder of the lock."""
        now = datetime.now(UTC)
        details = self._job.shown["statusDetails"]
        for phase in PHASES:
            if details[phase]["status"] == "InProgress":
                details[phase] |= {"status": status, "lastModifiedTime": now}
        changed: dict[str, Any] = {"status": status, "lastModifiedTime": now, "endTime": now}
        if failure:
            changed["failureMessage"] = failure[:2048]
        self._job.shown |= changed

    def _records(self, uri: str, *, training: bool) -> list[dict[str, Any]]:
        body = self._around.read(self._job.region, uri)
        lines = body.splitlines(keepends=True)
        found = check_records_of(
            lambda: enumerate(lines, start=1), uri, Asked("rft", training=training)
        ).findings
        errors = [finding for finding in found if finding.severity == "error"]
        if errors:
            raise JobFailed(f"{errors[0]} ({len(errors)} errors in all)")
        return [line.value for line in json_lines(lines)]

    def _train(
        self, records: Sequence[dict[str, Any]], validation: Sequence[dict[str, Any]]
    ) -> None:
        batch = self._job.hyperparameter("batchSize")
        every = self._job.rft.get("hyperParameters", {}).get("evalInterval")
        step = 0
        for epoch in range(self._job.hyperparameter("epochCount")):
            for start in range(0, len(records), batch):
                step += 1
                self._step(step, epoch + 1, records[start : start + batch])
                if validation and every and step % every == 0:
                    for place in range(0, len(validation), batch):
                        self._score(f"eval-{step}-{place}", validation[place : place + batch])
        self._write_metrics()

    def _step(self, step: int, epoch: int, records: Sequence[dict[str, Any]]) -> None:
        rewards, lengths = self._score(f"step-{step}", records)
        self._steps.append(
            {
                "step_number": step,
                "epoch_number": epoch,
                "critic/rewards/mean": math.fsum(rewards) / len(rewards),
                "critic/rewards/max": max(rewards),
                "critic/rewards/min": min(rewards),
                "response_length/mean": math.fsum(lengths) / len(lengths),
            }
        )

    def _score(
        self, label: str, records: Sequence[dict[str, Any]]
    ) -> tuple[list[float], list[int]]:
        """Draws rollouts for some records and has the grader score them."""
        rewards: list[float] = []
        lengths: list[int] = []
        for event in self._events(label, records):
            if self._job.stopping.is_set():
                raise JobStopped
            rewards += self._grade(event)
            # In words: no tokenizer ran here.
            lengths += [len(item["messages"][-1]["content"].split()) for item in event]
        return rewards, lengths

    def _events(
        self, label: str, records: Sequence[dict[str, Any]]
    ) -> Iterator[list[dict[str, Any]]]:
        """One event for a batch, shaped as Bedrock sends it; more where it would be too large."""
        samples = self._job.hyperparameter("trainingSamplePerPrompt")
        event: list[dict[str, Any]] = []
        size = 0
        for place, record in enumerate(records):
            prompt = read_messages(record["messages"])
            group = [
                _item(f"{label}-{place}-{sample}", record, prompt, text)
                for sample, text in enumerate(self._policy.rollouts(prompt, samples))
            ]
            more = len(json.dumps(group))
            if event and size + more > _LARGEST_EVENT:
                yield event
                event, size = [], 0
            event += group
            size += more
        yield event

    def _grade(self, event: list[dict[str, Any]]) -> list[float]:
        arn = self._job.rft["graderConfig"]["lambdaGrader"]["lambdaArn"]
        payload, error = self._around.invoke(self._job.region, arn, json.dumps(event).encode())
        if error:
            raise JobFailed(
                f"the reward Lambda failed ({error}): {payload.decode(errors='replace')[:1000]}"
            )
        return read_answer(payload, [item["id"] for item in event])

    def _write_metrics(self) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self._steps[0]))
        writer.writeheader()
        writer.writerows(self._steps)
        short = self._job.shown["jobArn"].rsplit("/", 1)[-1]
        base = self._job.request["outputDataConfig"]["s3Uri"].rstrip("/")
        place = f"{base}/model-customization-job-{short}/training_artifacts"
        uri = f"{place}/step_wise_training_metrics.csv"
        self._around.write(self._job.region, uri, text.getvalue().encode())


def _item(
    item_id: str, record: dict[str, Any], prompt: tuple[Message, ...], text: str
) -> dict[str, Any]:
    turns = [{"role": turn.role, "content": turn.text} for turn in prompt]
    return {
        "id": item_id,
        "messages": [*turns, {"role": "assistant", "content": text}],
        "metadata": {key: value for key, value in record.items() if key not in ("id", "messages")},
    }


def read_answer(payload: bytes, ids: Sequence[str]) -> list[float]:
    """Rewards in the order of the ids.

    Raises:
        JobFailed: the answer is not one finite reward for each id.
    """
    try:
        answer = json.loads(payload)
    except ValueError:
        raise JobFailed(f"the reward Lambda answered no JSON: {payload[:200]!r}") from None
    if not isinstance(answer, list) or len(answer) != len(ids):
        what = f"{len(answer)} items" if isinstance(answer, list) else "no list"
        raise JobFailed(f"the reward Lambda answered {what} to an event of {len(ids)} items")
    rewards: dict[str, float] = {}
    for item in answer:
        value = item.get("aggregate_reward_score") if isinstance(item, dict) else None
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not math.isfinite(value)
        ):
            raise JobFailed(f"the reward Lambda answered no finite aggregate_reward_score: {item}")
        rewards[str(item.get("id"))] = float(value)
    missing = [given for given in ids if given not in rewards]
    if missing:
        raise JobFailed(f"the reward Lambda answered nothing for the id {missing[0]}")
    return [rewards[given] for given in ids]
