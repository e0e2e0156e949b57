"""The walk of one job from its submission to its end."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, Final

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws.bedrock._names import now
from nova_rft.local_aws.bedrock._record import PHASES, JobRecord
from nova_rft.local_aws.bedrock._records import Records, training_records, validation_records
from nova_rft.local_aws.bedrock._teacher import answered
from nova_rft.local_aws.bedrock._train import Trained, train_rewarded, train_supervised
from nova_rft.local_aws.training import JobFailed, JobStopped, Policy, PolicyFailed

# Seconds that a phase takes at least, so that there is something to see.
_PHASE_S: Final = 0.3
_CHANGED: Final = "Model Customization Job State Change"
# Of a job, in that event (Bedrock User Guide, "Monitor model customization jobs", read 2026-11-26).
_TOLD: Final = (
    *("jobName", "jobArn", "outputModelName", "outputModelArn", "roleArn", "failureMessage"),
    *("creationTime", "lastModifiedTime", "endTime", "baseModelArn", "hyperParameters"),
    *("trainingDataConfig", "validationDataConfig", "outputDataConfig"),
)
# Makes the custom model of a job, and gives its ARN.
MakeModel = Callable[[JobRecord, Trained], str]


class Run:
    """One walk through a job, in a thread of its own."""

    def __init__(
        self,
        job: JobRecord,
        policy: Policy,
        account: Account,
        faults: Faults,
        make_model: MakeModel,
    ) -> None:
        self._job = job
        self._policy = policy
        self._account = account
        self._faults = faults
        self._make_model = make_model

    def walk(self) -> None:
        """Through the phases to the end; sets the job's last status."""
        self._tell()
        try:
            self._train_through()
        finally:
            self._tell()

    def _tell(self) -> None:
        """Sends the event that a job's status has changed."""
        shown = self._job.snapshot()
        detail = {key: shown.get(key) for key in _TOLD} | {"jobStatus": shown["status"]}
        arn = self._job.arn
        self._account.emit(self._job.region, "aws.bedrock", _CHANGED, detail, arn)

    def _train_through(self) -> None:
        request, plan = self._job.request, self._job.plan
        try:
            self._phase(PHASES[0])
            self._account = self._account.acting(
                request["roleArn"], "bedrock.amazonaws.com", self._job.arn
            )
            records = training_records(request, plan, self._account)
            validation = validation_records(request, plan, self._account)
            self._phase(PHASES[1])
            records = self._processed(records)
            self._phase(PHASES[2])
            trained = self._train(records, validation)
            self._write(trained)
            self._complete(trained)
        except JobStopped:
            self._end("Stopped")
        except (JobFailed, PolicyFailed) as failure:
            self._end("Failed", str(failure))
        except Exception as error:
            # A fault of ours; a job that stays InProgress for ever would hide it.
            traceback.print_exc()
            self._end("Failed", f"internal error of the embedded AWS: {error!r}")

    def _processed(self, records: Records) -> Records:
        """The records as they are trained on: those of a distillation are answered first."""
        request = self._job.request
        config = request.get("customizationConfig", {}).get("distillationConfig")
        logs = request["trainingDataConfig"].get("invocationLogsConfig", {})
        # Answers in logs are the teacher's already.
        if config is None or logs.get("usePromptResponse"):
            return records
        teacher = config["teacherModelConfig"]["teacherModelIdentifier"]
        self._account.require_model("bedrock:InvokeModel", teacher)
        return list(answered(records, config, self._job.stopping))

    def _train(self, records: Records, validation: list[Records]) -> Trained:
        failure = self._faults.job_failure("bedrock")
        if failure is not None:
            raise JobFailed(failure)
        job = self._job
        if job.plan.technique != "rft":
            return train_supervised(
                job.request.get("hyperParameters", {}), records, validation, stopping=job.stopping
            )
        return train_rewarded(
            job.request["customizationConfig"]["rftConfig"],
            job.region,
            records,
            validation,
            policy=self._policy,
            account=self._account,
            stopping=job.stopping,
        )

    def _write(self, trained: Trained) -> None:
        base = self._job.request["outputDataConfig"]["s3Uri"].rstrip("/")
        folder = f"{base}/model-customization-job-{self._job.arn.rsplit('/', 1)[-1]}"
        for place, text in trained.files.items():
            self._account.write(f"{folder}/{place}", text.encode())

    def _complete(self, trained: Trained) -> None:
        with self._job.lock:
            # Past this point it is too late to stop.
            if self._job.stopping.is_set():
                raise JobStopped
            self._job.shown |= trained.metrics
            self._job.shown["outputModelArn"] = self._make_model(self._job, trained)
            self._finish("Completed")

    def _phase(self, name: str) -> None:
        """Ends the phase before and begins this one."""
        at = now()
        with self._job.lock:
            details = self._job.shown["statusDetails"]
            for phase in PHASES[: PHASES.index(name)]:
                if details[phase]["status"] == "InProgress":
                    details[phase] |= {"status": "Completed", "lastModifiedTime": at}
            details[name] = {"status": "InProgress", "creationTime": at, "lastModifiedTime": at}
            self._job.shown["lastModifiedTime"] = at
        if self._job.stopping.wait(_PHASE_S):
            raise JobStopped

    def _end(self, status: str, failure: str | None = None) -> None:
        with self._job.lock:
            self._finish(status, failure)

    def _finish(self, status: str, failure: str | None = None) -> None:
        """Sets the last status; for a holder of the lock."""
        at = now()
        details = self._job.shown["statusDetails"]
        for phase in PHASES:
            if details[phase]["status"] == "InProgress":
                details[phase] |= {"status": status, "lastModifiedTime": at}
        changed: dict[str, Any] = {"status": status, "lastModifiedTime": at, "endTime": at}
        if failure:
            changed["failureMessage"] = failure[:2048]
        self._job.shown |= changed
