"""Jobs by `CreateModelCustomizationJob`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nova_rft.aws import customization
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, list_keys, split_uri
from nova_rft.jobs._job import Job, Listed, Status
from nova_rft.jobs._measures import Measure, from_csv, merged
from nova_rft.jobs.backends._backend import Order, Wanted
from nova_rft.jobs.requests import bedrock_request

# Where in a job's output its figures lie is documented for fine-tuning; elsewhere they are looked for.
_FIGURES: Final = ("step_wise_training_metrics.csv", "validation_metrics.csv")


class BedrockBackend:
    """Bedrock's customization jobs."""

    name = "bedrock"

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def create(self, order: Order) -> str:
        """Starts a job; Bedrock's token makes the same order one job."""
        request = bedrock_request(order.spec, order.identity, order.place)
        return customization.create_job(self._aws, request)

    def find(self, name_or_arn: str) -> Job | None:
        """A job with its tags."""
        found = customization.find_job(self._aws, name_or_arn)
        if found is None:
            return None
        return job_from_bedrock(found, customization.tags_of(self._aws, found["jobArn"]))

    def jobs(self, wanted: Wanted) -> Iterator[Listed]:
        """Jobs, by the service's own filters."""
        for summary in customization.list_jobs(
            self._aws,
            name_contains=wanted.prefix,
            status=wanted.status,
            created_after=wanted.after,
            created_before=wanted.before,
        ):
            job = _listed(summary)
            if wanted.holds(job):
                yield job

    def stop(self, job: Job) -> None:
        """Asks Bedrock."""
        customization.stop_job(self._aws, job.arn)

    def tag(self, job: Job, tags: Mapping[str, str]) -> None:
        """Adds tags to the job."""
        customization.tag_resource(self._aws, job.arn, tags)

    def measures(self, job: Job) -> list[Measure]:
        """From the CSV files in its output."""
        if job.output_uri is None:
            return []
        bucket, prefix = split_uri(job.output_uri)
        prefix = f"{prefix.rstrip('/')}/model-customization-job-{job.arn.rsplit('/', 1)[-1]}/"
        return merged(
            *(
                from_csv(get(self._aws, bucket, key).decode("utf-8", "replace"))
                for key in list_keys(self._aws, bucket, prefix)
                if key.endswith(_FIGURES)
            )
        )


def job_from_bedrock(found: Mapping[str, Any], tags: Mapping[str, str]) -> Job:
    """A job from the answer of GetModelCustomizationJob."""
    rft = found.get("customizationConfig", {}).get("rftConfig", {})
    grader = rft.get("graderConfig", {}).get("lambdaGrader", {})
    return Job(
        name=found["jobName"],
        arn=found["jobArn"],
        backend="bedrock",
        status=Status(found["status"]),
        created=found["creationTime"],
        base_model=found["baseModelArn"],
        custom_model=found["outputModelName"],
        phases={
            key.removesuffix("Details"): phase["status"]
            for key, phase in found.get("statusDetails", {}).items()
            if "status" in phase
        },
        updated=found.get("lastModifiedTime"),
        ended=found.get("endTime"),
        custom_model_arn=found.get("outputModelArn"),
        failure=found.get("failureMessage") or None,
        hyperparameters=rft.get("hyperParameters", {}) or found.get("hyperParameters", {}),
        reward_version_arn=grader.get("lambdaArn"),
        training_uri=found.get("trainingDataConfig", {}).get("s3Uri"),
        output_uri=found.get("outputDataConfig", {}).get("s3Uri"),
        tags=dict(tags),
    )


def _listed(summary: Mapping[str, Any]) -> Listed:
    return Listed(
        name=summary["jobName"],
        arn=summary["jobArn"],
        backend="bedrock",
        status=Status(summary["status"]),
        created=summary["creationTime"],
        ended=summary.get("endTime"),
        updated=summary.get("lastModifiedTime"),
        custom_model_arn=summary.get("customModelArn"),
    )
