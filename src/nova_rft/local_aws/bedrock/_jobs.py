"""A reinforcement fine-tuning job: its record, and the walk from submission to its end."""

from __future__ import annotations

import copy
import csv
import io
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from nova_rft.data import Asked, check_records_of, json_lines
from nova_rft.local_aws._account import Account
from nova_rft.local_aws.training import (
    JobFailed,
    JobStopped,
    Policy,
    PolicyFailed,
    Rewarded,
    Step,
    train_by_reward,
)

PHASES: Final = ("validationDetails", "dataProcessingDetails", "trainingDetails")
# Seconds that a phase takes at least, so that there is something to see.
_PHASE_S: Final = 0.3
# The service's defaults where a job leaves a hyperparameter out (assumed: not documented).
_DEFAULTS: Final = {"epochCount": 1, "batchSize": 32, "trainingSamplePerPrompt": 4}


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
        account: Account,
        make_model: Callable[[JobRecord], str],
    ) -> None:
        self._job = job
        self._policy = policy
        self._account = account
        self._make_model = make_model
        self._steps: list[Step] = []

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
        body = self._account.read(uri)
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
        every = self._job.rft.get("hyperParameters", {}).get("evalInterval")
        asked = Rewarded(
            region=self._job.region,
            grader_arn=self._job.rft["graderConfig"]["lambdaGrader"]["lambdaArn"],
            batch_size=self._job.hyperparameter("batchSize"),
            samples=self._job.hyperparameter("trainingSamplePerPrompt"),
            epochs=self._job.hyperparameter("epochCount"),
            eval_every=every,
        )
        for step in train_by_reward(
            asked,
            records,
            validation,
            policy=self._policy,
            grader=self._account.invoke,
            stopping=self._job.stopping,
        ):
            self._steps.append(step)
        self._write_metrics()

    def _write_metrics(self) -> None:
        text = io.StringIO()
        names = dict.fromkeys(name for step in self._steps for name in step)
        writer = csv.DictWriter(text, fieldnames=list(names))
        writer.writeheader()
        writer.writerows(self._steps)
        short = self._job.shown["jobArn"].rsplit("/", 1)[-1]
        base = self._job.request["outputDataConfig"]["s3Uri"].rstrip("/")
        place = f"{base}/model-customization-job-{short}/training_artifacts"
        uri = f"{place}/step_wise_training_metrics.csv"
        self._account.write(uri, text.getvalue().encode())
