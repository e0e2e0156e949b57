"""Jobs on open-weight models, by Bedrock's OpenAI-compatible API.

The API has no names and no tokens: the uploaded file carries the job's name, and a job is found by the
file that it trains on. Of two jobs on files of one name, made at the same moment, the older one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nova_rft.aws.mantle import MantleClient
from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError
from nova_rft.jobs._job import Job, Listed, Status
from nova_rft.jobs._measures import Measure, from_events
from nova_rft.jobs.backends._backend import Order, Wanted
from nova_rft.jobs.requests import open_weight_request

_SUFFIX: Final = ".jsonl"
_STATUS: Final = {
    "validating_files": Status.IN_PROGRESS,
    "queued": Status.IN_PROGRESS,
    "running": Status.IN_PROGRESS,
    "pausing": Status.IN_PROGRESS,
    "paused": Status.IN_PROGRESS,
    "resuming": Status.IN_PROGRESS,
    "succeeded": Status.COMPLETED,
    "failed": Status.FAILED,
    "cancelling": Status.STOPPING,
    "cancelled": Status.STOPPED,
}


class OpenWeightBackend:
    """Fine-tuning jobs of the OpenAI-compatible API."""

    name = "bedrock-openai"

    def __init__(self, aws: Aws) -> None:
        self._mantle = MantleClient(aws)

    def create(self, order: Order) -> str:
        """Uploads the records and starts the job; of two at once the older stays."""
        name = order.identity.name
        training = self._mantle.upload_file(order.training, name + _SUFFIX)
        validation = None
        if order.validation is not None:
            validation = self._mantle.upload_file(order.validation, f"{name}-validation{_SUFFIX}")
        asked = open_weight_request(
            order.spec,
            order.identity,
            order.place,
            training_file=training,
            validation_file=validation,
        )
        # As one body: the package's own way in knows no grader that is a Lambda.
        made: str = self._mantle.create_job(asked.pop("extra_body") | asked)["id"]
        twins = [job for job, known in self._jobs() if known == name and not _ended_badly(job)]
        oldest = min(twins, key=lambda job: (job["created_at"], job["id"]), default={"id": made})
        if oldest["id"] != made:
            self._mantle.cancel_job(made)
        return str(oldest["id"])

    def find(self, name_or_arn: str) -> Job | None:
        """A job by id, or by the name that its file carries; of several the one that counts."""
        if name_or_arn.startswith("ftjob"):
            found = self._mantle.get_job(name_or_arn)
            return self._job(found, self._name_of(found)) if found else None
        known = [job for job, name in self._jobs() if name == name_or_arn]
        if not known:
            return None
        counts = min(known, key=lambda job: (_ended_badly(job), job["created_at"], job["id"]))
        return self._job(self._mantle.get_job(counts["id"]) or counts, name_or_arn)

    def jobs(self, wanted: Wanted) -> Iterator[Listed]:
        """Jobs, filtered here: the API has no filters."""
        for found, name in self._jobs():
            job = _listed(found, name)
            if wanted.after is not None and job.created <= wanted.after:
                return  # The newest come first.
            if wanted.holds(job):
                yield job

    def stop(self, job: Job) -> None:
        """Asks the API."""
        self._mantle.cancel_job(job.arn)

    def tag(self, job: Job, tags: Mapping[str, str]) -> None:
        """Refuses: the API has no tags.

        Raises:
            UsageError: always.
        """
        raise UsageError("jobs of the OpenAI-compatible API have no tags; their file names them")

    def measures(self, job: Job) -> list[Measure]:
        """From the job's events."""
        return from_events(self._mantle.events(job.arn))

    def _jobs(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Every job and the name that its file carries, the newest first."""
        names = self._mantle.file_names()
        for job in self._mantle.list_jobs():
            yield job, names.get(job["training_file"], job["id"]).removesuffix(_SUFFIX)

    def _name_of(self, found: Mapping[str, Any]) -> str:
        known = self._mantle.file_names().get(str(found["training_file"]), str(found["id"]))
        return known.removesuffix(_SUFFIX)

    def _job(self, found: Mapping[str, Any], name: str) -> Job:
        listed = _listed(found, name)
        reinforcement = (found.get("method") or {}).get("reinforcement") or {}
        grader = reinforcement.get("grader") or {}
        return Job(
            name=name,
            arn=listed.arn,
            backend=self.name,
            status=listed.status,
            created=listed.created,
            ended=listed.ended,
            base_model=found["model"],
            custom_model=name,
            custom_model_arn=listed.custom_model_arn,
            phases={"training": found["status"]},
            failure=((found.get("error") or {}).get("message")) or None,
            hyperparameters=reinforcement.get("hyperparameters") or {},
            reward_version_arn=(grader.get("lambda") or {}).get("function"),
            training_uri=found["training_file"],
        )


def _listed(found: Mapping[str, Any], name: str) -> Listed:
    ended = found.get("finished_at")
    return Listed(
        name=name,
        arn=found["id"],
        backend="bedrock-openai",
        status=_STATUS[found["status"]],
        created=datetime.fromtimestamp(found["created_at"], UTC),
        ended=datetime.fromtimestamp(ended, UTC) if ended else None,
        custom_model_arn=found.get("fine_tuned_model"),
    )


def _ended_badly(job: Mapping[str, Any]) -> bool:
    return job["status"] in ("failed", "cancelled", "cancelling")
