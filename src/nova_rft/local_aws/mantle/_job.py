"""A fine-tuning job: its record, and the walk from its files to its model."""

from __future__ import annotations

import copy
import math
import threading
import time
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nova_rft.data import json_lines
from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws.mantle._files import Stored
from nova_rft.local_aws.mantle._wire import Refused
from nova_rft.local_aws.training import (
    JobFailed,
    JobStopped,
    Policy,
    PolicyFailed,
    Rewarded,
    Step,
    train_by_reward,
)

SERVICE: Final = "bedrock-mantle"
ENDED: Final = ("succeeded", "failed", "cancelled")
# Seconds that a phase takes at least, so that there is something to see.
_PHASE_S: Final = 0.2
# What the service calls those of verl's figures that are known here. The last one's name is assumed:
# AWS shows no event of a job with a validation file.
_FIGURES: Final = {
    "critic/rewards/mean": "critic_rewards_mean",
    "response_length/mean": "response_length_mean",
    "val-score/rewards/mean@1": "val_score_rewards_mean",
}


class _BadFile(JobFailed):
    """A file that is no set of records; `param` names which of the request's it is."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


@dataclass(slots=True)
class Job:
    """What the service knows of a job; `shown` is the object that clients see."""

    shown: dict[str, Any]
    function: str
    settings: Mapping[str, Any]
    training: Stored
    validation: Stored | None
    output: str
    events: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def id(self) -> str:
        """The job's id."""
        return str(self.shown["id"])

    def snapshot(self) -> dict[str, Any]:
        """`shown` as it is now, which the job does not change any more."""
        with self.lock:
            return copy.deepcopy(self.shown)

    def cancel(self) -> dict[str, Any]:
        """Ends the job at once; gives what is then shown.

        Raises:
            Refused: it has ended already.
        """
        with self.lock:
            if self.shown["status"] in ENDED:
                raise Refused(
                    400,
                    f"Job {self.id} has already {self.shown['status']}; it cannot be cancelled",
                    code="invalid_state",
                )
            self.stopping.set()
            self.end("cancelled", "Fine-tuning job cancelled")
            return self.snapshot()

    def end(self, status: str, message: str, **changes: Any) -> None:
        """Sets the last status, unless there is one."""
        with self.lock:
            if self.shown["status"] not in ENDED:
                self.shown |= {"status": status, "finished_at": int(time.time()), **changes}
                self.say(message, level="error" if status == "failed" else "info")

    def say(
        self, message: str, *, level: str = "info", data: Mapping[str, Any] | None = None
    ) -> None:
        """Adds an event: a message, or with figures a step's metrics."""
        event = {
            "id": f"ftevent-{uuid.uuid4()}",
            "object": "fine_tuning.job.event",
            "created_at": int(time.time()),
            "level": level,
            "message": message,
            "data": dict(data or {}),
            "type": "metrics" if data else "message",
        }
        with self.lock:
            self.events.append(event)


class Run:
    """One walk through a job, in a thread of its own."""

    def __init__(self, job: Job, policy: Policy, account: Account, faults: Faults) -> None:
        self._job = job
        self._policy = policy
        self._account = account
        self._faults = faults

    def walk(self) -> None:
        """Through the phases to the end; sets the job's last status."""
        try:
            self._walk()
        except JobStopped:
            pass  # Whoever stopped it has said so.
        except _BadFile as failure:
            self._fail("invalid_file", str(failure), failure.param)
        except (JobFailed, PolicyFailed) as failure:
            self._fail("training_failed", str(failure))
        except Exception as error:
            # A fault of ours; a job that runs for ever would hide it.
            traceback.print_exc()
            self._fail("internal_error", f"internal error of the embedded AWS: {error!r}")

    def _walk(self) -> None:
        job = self._job
        job.say(f"Validating training file: {job.training.id}")
        self._pause()
        records = self._records(job.training, "training_file")
        validation = self._records(job.validation, "validation_file") if job.validation else []
        self._enter("queued", "Files validated, job is queued")
        self._pause()
        self._enter("running", f"Training started; policy: {self._policy.kind}")
        failure = self._faults.job_failure(SERVICE)
        if failure is not None:
            raise JobFailed(failure)
        self._train(records, validation)
        with job.lock:
            # Past this point it is too late to cancel.
            if job.stopping.is_set():
                raise JobStopped
            job.end("succeeded", f"New model: {job.output}", fine_tuned_model=job.output)

    def _fail(self, code: str, message: str, param: str | None = None) -> None:
        error = {"code": code, "message": message, "param": param}
        self._job.end("failed", message, error=error)

    def _enter(self, status: str, message: str) -> None:
        with self._job.lock:
            if self._job.stopping.is_set():
                raise JobStopped
            self._job.shown["status"] = status
            self._job.say(message)

    def _pause(self) -> None:
        if self._job.stopping.wait(_PHASE_S):
            raise JobStopped

    def _records(self, file: Stored, param: str) -> list[dict[str, Any]]:
        problem = file.problem(self._job.shown["model"], training=param == "training_file")
        if problem:
            raise _BadFile(problem, param)
        return [line.value for line in json_lines(file.content.splitlines(keepends=True))]

    def _train(self, records: list[dict[str, Any]], validation: list[dict[str, Any]]) -> None:
        job, settings = self._job, self._job.settings
        in_epoch = math.ceil(len(records) / settings["batch_size"])
        total = in_epoch * settings["n_epochs"]
        asked = Rewarded(
            region=job.function.split(":")[3],
            grader_arn=job.function,
            batch_size=settings["batch_size"],
            # The API has no word for it: the service decides.
            samples=None,
            epochs=settings["n_epochs"],
            eval_every=in_epoch if validation else None,
        )
        for step in train_by_reward(
            asked,
            records,
            validation,
            policy=self._policy,
            grader=self._account.invoke,
            stopping=job.stopping,
        ):
            if job.stopping.is_set():
                raise JobStopped
            self._tell(step, total)
            if step["step_number"] % in_epoch == 0:
                self._checkpoint(int(step["step_number"]))

    def _tell(self, step: Step, total: int) -> None:
        number = int(step["step_number"])
        figures = {new: step[old] for old, new in _FIGURES.items() if old in step}
        self._job.say(
            f"Step {number}/{total}: training metrics",
            data={"step": number, "total_steps": total, **figures},
        )

    def _checkpoint(self, step: int) -> None:
        """One at the end of each epoch."""
        checkpoint = {
            "id": f"ftckpt-{uuid.uuid4()}",
            "object": "fine_tuning.job.checkpoint",
            "created_at": int(time.time()),
            "fine_tuned_model_checkpoint": f"{self._job.output}:ckpt-step-{step}",
            "fine_tuning_job_id": self._job.id,
            "metrics": {"step": step},
            "step_number": step,
        }
        with self._job.lock:
            self._job.checkpoints.append(checkpoint)
