"""The fine-tuning API: jobs made, listed, looked at and cancelled, and the models that they leave."""

from __future__ import annotations

import re
import secrets
import threading
import time
import uuid
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Response
from nova_rft.local_aws.mantle._files import Files, Stored
from nova_rft.local_aws.mantle._job import Job, Run
from nova_rft.local_aws.mantle._request import JobRequest, read_request
from nova_rft.local_aws.mantle._wire import Asked, Refused, answer
from nova_rft.local_aws.training import Policy
from nova_rft.spec import models_for

BASE_MODELS: Final = models_for("rft", "bedrock-openai")
# What "auto" stands for (assumed: not documented).
_DEFAULTS: Final = {"n_epochs": 1, "batch_size": 32, "learning_rate_multiplier": 1.0}
# List jobs, events and checkpoints, OpenAI's API reference (2026-11-23); the most is not stated.
_PAGE, _CHECKPOINTS, _MOST = 20, 10, 1_000
_METADATA: Final = re.compile(r"metadata\[(.+)\]")


class Jobs:
    """Jobs of this embedded AWS, in memory."""

    def __init__(self, files: Files, policy: Policy, faults: Faults) -> None:
        self._files = files
        self._policy = policy
        self._faults = faults
        self._known: dict[str, Job] = {}
        self._lock = threading.Lock()

    def create(self, asked: Asked) -> Response:
        """Starts a job; the same request twice starts two, for the API has no token."""
        request = read_request(asked.body)
        if request.model not in BASE_MODELS:
            raise Refused(
                400,
                f"Model {request.model} is not available for fine-tuning; "
                f"those that are: {', '.join(BASE_MODELS)}",
                code="model_not_available",
                param="model",
            )
        training = self._file(request.training_file, "training_file")
        validation = (
            self._file(request.validation_file, "validation_file")
            if request.validation_file
            else None
        )
        asked.account.check_function(
            request.function.split(":")[3],
            request.function,
            "method.reinforcement.grader.lambda.function",
        )
        job = _job(request, training, validation)
        job.say(f"Created fine-tuning job: {job.id}")
        with self._lock:
            self._known[job.id] = job
        shown = job.snapshot()
        run = Run(job, self._policy, asked.account, self._faults)
        threading.Thread(target=run.walk, daemon=True).start()
        return answer(shown)

    def _file(self, identifier: str, param: str) -> Stored:
        file = self._files.find(identifier)
        if file is None:
            raise Refused(400, f"invalid {param}: {identifier}", code="file_not_found", param=param)
        return file

    def page(self, asked: Asked) -> Response:
        """Jobs, the newest first; with `metadata[KEY]=VALUE` those that have it."""
        wanted = {
            match[1]: value
            for name, value in asked.query.items()
            if (match := _METADATA.fullmatch(name))
        }.items()
        shown = (job.snapshot() for job in self._all()[::-1])
        found = [one for one in shown if wanted <= (one["metadata"] or {}).items()]
        return asked.page(found, _PAGE, _MOST)

    def retrieve(self, asked: Asked) -> Response:
        """One job as it is now."""
        return answer(self._named(asked).snapshot())

    def cancel(self, asked: Asked) -> Response:
        """Ends a job."""
        return answer(self._named(asked).cancel())

    def events(self, asked: Asked) -> Response:
        """A job's events, the newest first."""
        job = self._named(asked)
        with job.lock:
            found = job.events[::-1]
        return asked.page(found, _PAGE, _MOST)

    def checkpoints(self, asked: Asked) -> Response:
        """A job's checkpoints, the newest first."""
        job = self._named(asked)
        with job.lock:
            found = job.checkpoints[::-1]
        return asked.page(found, _CHECKPOINTS, _MOST)

    def forget(self, identifier: str) -> bool:
        """Makes a job vanish, as if it had never been; False where there is none."""
        with self._lock:
            job = self._known.pop(identifier, None)
        if job is None:
            return False
        job.stopping.set()
        return True

    def models(self) -> dict[str, int]:
        """The models that jobs have made, checkpoints too, and when each was made."""
        made: dict[str, int] = {}
        for job in self._all():
            with job.lock:
                for checkpoint in job.checkpoints:
                    made[checkpoint["fine_tuned_model_checkpoint"]] = checkpoint["created_at"]
                if job.shown["fine_tuned_model"]:
                    made[job.output] = job.shown["finished_at"]
        return made

    def _all(self) -> list[Job]:
        with self._lock:
            return [*self._known.values()]

    def _named(self, asked: Asked) -> Job:
        with self._lock:
            job = self._known.get(asked.identifier)
        if job is None:
            raise Refused(
                404,
                f"Could not find fine tune: {asked.identifier}",
                code="fine_tune_not_found",
                param="fine_tune_id",
            )
        return job


def _job(request: JobRequest, training: Stored, validation: Stored | None) -> Job:
    given = request.method.reinforcement.hyperparameters.model_dump(exclude_none=True)
    settings = _DEFAULTS | given
    grader = {"type": "lambda", "lambda": {"function": request.function}}
    identifier = str(uuid.uuid4())
    shown: dict[str, Any] = {
        "id": f"ftjob-{identifier}",
        "object": "fine_tuning.job",
        "created_at": int(time.time()),
        "finished_at": None,
        "model": request.model,
        "fine_tuned_model": None,
        "organization_id": DEFAULT_ACCOUNT_ID,
        "status": "validating_files",
        "training_file": training.id,
        "validation_file": validation.id if validation else None,
        "result_files": [],
        "trained_tokens": None,
        "error": None,
        "estimated_finish": None,
        "integrations": [],
        "metadata": request.metadata,
        "seed": request.seed if request.seed is not None else secrets.randbelow(2**31),
        "hyperparameters": settings,
        "method": {
            "type": "reinforcement",
            "reinforcement": {"grader": grader, "hyperparameters": settings},
        },
    }
    output = f"ft:{request.model}:{DEFAULT_ACCOUNT_ID}::{identifier[:8]}"
    return Job(shown, request.function, settings, training, validation, output)
