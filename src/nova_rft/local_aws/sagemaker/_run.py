"""A training job's walk from its creation to its end."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws.sagemaker._batches import require_batch
from nova_rft.local_aws.sagemaker._log import JobLog, step_line
from nova_rft.local_aws.sagemaker._outputs import put_checkpoint, put_outputs
from nova_rft.local_aws.sagemaker._plan import JobRecord, Plan
from nova_rft.local_aws.sagemaker._records import TEACHER, answered, json_bytes, learnt, records_at
from nova_rft.local_aws.training import (
    STAND_IN,
    JobFailed,
    JobStopped,
    Policy,
    PolicyFailed,
    Rewarded,
    Step,
    Supervised,
    train_by_reward,
    train_on_texts,
)

# Seconds that a phase takes at least, so that there is something to see.
_PHASE_S: Final = 0.2
_MESSAGES: Final = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
}
_Records = list[dict[str, Any]]


def enter(shown: dict[str, Any], status: str) -> None:
    """Ends a job's secondary status, if it has one, and begins another; for a holder of its lock."""
    now = datetime.now(UTC)
    past = shown.setdefault("SecondaryStatusTransitions", [])
    if past:
        past[-1].setdefault("EndTime", now)
    past.append({"Status": status, "StartTime": now, "StatusMessage": _MESSAGES[status]})
    shown |= {"SecondaryStatus": status, "LastModifiedTime": now}


class Run:
    """One walk, in a thread of its own."""

    def __init__(
        self,
        job: JobRecord,
        policy: Policy,
        account: Account,
        faults: Faults,
        keep: Callable[[JobRecord, Plan, str, str, Account], None],
    ) -> None:
        """Takes what a job needs; `keep` is told of a checkpoint and by what it was trained."""
        self._job = job
        self._policy = policy
        self._account = account
        self._faults = faults
        self._keep = keep
        self._log = JobLog(account, job.region, job.name)
        self._steps: list[Step] = []

    def walk(self) -> None:
        """Through the phases to the end; sets the job's last status."""
        try:
            self._pause()
            self._act()
            self._phase("Downloading")
            plan = self._job.plan(self._account)
            training = self._records("train", plan)
            validation = self._records("validation", plan)
            self._phase("Training")
            self._train(plan, training, validation)
            self._phase("Uploading")
            self._complete(plan, training)
        except JobStopped:
            self._end("Stopped")
        except (JobFailed, PolicyFailed) as failure:
            self._log.write(f"ERROR {failure}")
            self._end("Failed", str(failure))
        except Exception as error:
            # A fault of ours; a job that stays InProgress for ever would hide it.
            traceback.print_exc()
            self._end("Failed", f"internal error of the embedded AWS: {error!r}")

    def _act(self) -> None:
        """From here on the job acts in its role."""
        role, job = self._job.asked["RoleArn"], self._job.shown["TrainingJobArn"]
        self._account = self._account.acting(role, "sagemaker.amazonaws.com", job)
        self._log = JobLog(self._account, self._job.region, self._job.name)

    def _records(self, channel: str, plan: Plan) -> _Records:
        uri = self._job.channel(channel)
        if uri is None:
            return []
        return records_at(uri, plan, self._account, training=channel == "train")

    def _phase(self, status: str) -> None:
        with self._job.lock:
            if self._job.stopping.is_set():
                raise JobStopped
            enter(self._job.shown, status)
            if status == "Training":
                self._job.shown["TrainingStartTime"] = datetime.now(UTC)
        self._pause()

    def _pause(self) -> None:
        if self._job.stopping.wait(_PHASE_S):
            raise JobStopped

    def _train(self, plan: Plan, training: _Records, validation: _Records) -> None:
        self._log.write(f"{plan.technique} of {plan.model}, {len(training)} records")
        wanted = self._faults.job_failure("sagemaker")
        if wanted is not None:
            raise JobFailed(wanted)
        if plan.technique == "distillation":
            return
        with self._job.lock:
            progress = self._job.shown["ProgressInfo"] = plan.progress(len(training))
        for step in self._stepping(plan, training, validation):
            self._steps.append(step)
            self._log.write(step_line(step))
            with self._job.lock:
                # Counted inside the epoch, as TotalStepCountPerEpoch is.
                per_epoch = progress["TotalStepCountPerEpoch"]
                progress["CurrentStep"] = (int(step["step_number"]) - 1) % per_epoch + 1
                progress["CurrentEpoch"] = int(step["epoch_number"])

    def _stepping(self, plan: Plan, training: _Records, validation: _Records) -> Iterator[Step]:
        stopping = self._job.stopping
        if plan.technique == "rft":
            rewarded = Rewarded(
                self._job.region,
                plan.grader_arn,
                plan.batch_size,
                plan.samples,
                steps=plan.steps,
                eval_every=plan.eval_every,
                nested=False,
            )
            return train_by_reward(
                rewarded,
                training,
                validation,
                policy=self._policy,
                grader=self._account.invoke,
                stopping=stopping,
            )
        asked = Supervised(plan.batch_size, plan.epochs, plan.steps)
        texts = [learnt(record) for record in training]
        return train_on_texts(asked, texts, [learnt(one) for one in validation], stopping=stopping)

    def _complete(self, plan: Plan, training: _Records) -> None:
        if plan.technique == "distillation":
            trained_by, checkpoint = TEACHER, ""
            require_batch(self._job, self._account)
            body = json_bytes(answered(record) for record in training)
            artifacts = f"{self._job.output}/distillation_data.jsonl"
            self._account.write(artifacts, body)
        else:
            trained_by = self._policy.kind if plan.technique == "rft" else STAND_IN
            checkpoint = put_checkpoint(self._job, plan, self._steps, trained_by, self._account)
            artifacts = checkpoint
            if plan.backend == "sagemaker-recipe":
                artifacts = put_outputs(self._job, checkpoint, self._steps, self._account)
        with self._job.lock:
            # Past this point it is too late to stop.
            if self._job.stopping.is_set():
                raise JobStopped
            self._keep(self._job, plan, checkpoint, trained_by, self._account)
            self._job.shown["ModelArtifacts"] = {"S3ModelArtifacts": artifacts}
            self._finish("Completed")

    def _end(self, status: str, failure: str = "") -> None:
        with self._job.lock:
            self._finish(status, failure)

    def _finish(self, status: str, failure: str = "") -> None:
        """Sets the last status; for a holder of the lock."""
        shown, now = self._job.shown, datetime.now(UTC)
        enter(shown, status)
        shown |= {"TrainingJobStatus": status, "TrainingEndTime": now}
        if failure:
            # botocore's model, FailureReason.
            shown["FailureReason"] = failure[:1024]
            shown["SecondaryStatusTransitions"][-1]["StatusMessage"] = failure[:1024]
        if "TrainingStartTime" in shown:
            seconds = math.ceil((now - shown["TrainingStartTime"]).total_seconds())
            shown |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
