"""Jobs by SageMaker's `CreateTrainingJob`: serverless, and by recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nova_rft.aws import training_jobs
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import put, split_uri
from nova_rft.jobs._job import Job, Listed, Status
from nova_rft.jobs._measures import Measure, from_log
from nova_rft.jobs.backends._backend import Order, Wanted
from nova_rft.jobs.recipes import recipe_text
from nova_rft.jobs.requests import (
    evaluator_request,
    evaluator_version,
    recipe_job_request,
    serverless_request,
)


class SageMakerBackend:
    """SageMaker's serverless customization."""

    name = "sagemaker"

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def create(self, order: Order) -> str:
        """Registers the evaluator, for RFT, and starts the job: its name is taken once."""
        place = order.place
        if order.spec.technique == "rft":
            reward = place.required("reward_version_arn")
            asked = evaluator_request(
                place.required("hub_name"),
                order.spec.stack_name("reward"),
                evaluator_version(reward),
                reward,
            )
            place = replace(place, evaluator_arn=training_jobs.import_evaluator(self._aws, asked))
        request = serverless_request(order.spec, order.identity, place)
        return training_jobs.create_training_job(self._aws, request)

    def find(self, name_or_arn: str) -> Job | None:
        """A job with its tags."""
        found = training_jobs.find_training_job(self._aws, name_or_arn.rsplit("/", 1)[-1])
        if found is None:
            return None
        tags = training_jobs.tags_of_resource(self._aws, found["TrainingJobArn"])
        return job_from_sagemaker(found, tags)

    def jobs(self, wanted: Wanted) -> Iterator[Listed]:
        """Jobs, by the service's own filters."""
        for summary in training_jobs.list_training_jobs(
            self._aws,
            name_contains=wanted.prefix,
            status=wanted.status,
            created_after=wanted.after,
            created_before=wanted.before,
        ):
            job = _listed(summary, self.name)
            if wanted.holds(job):
                yield job

    def stop(self, job: Job) -> None:
        """Asks SageMaker."""
        training_jobs.stop_training_job(self._aws, job.name)

    def tag(self, job: Job, tags: Mapping[str, str]) -> None:
        """Adds tags to the job."""
        training_jobs.tag_resource(self._aws, job.arn, tags)

    def measures(self, job: Job) -> list[Measure]:
        """From the job's log."""
        return from_log(training_jobs.log_lines(self._aws, job.name))


class RecipeBackend(SageMakerBackend):
    """SageMaker's training jobs by recipe."""

    name = "sagemaker-recipe"

    def create(self, order: Order) -> str:
        """Puts the recipe beside the job's output, and starts the job."""
        text = recipe_text(order.spec, order.identity, order.place)
        uri = f"{order.place.output_uri}input/recipe.yaml"
        put(self._aws, *split_uri(uri), text.encode())
        place = replace(order.place, recipe_uri=uri)
        request = recipe_job_request(order.spec, order.identity, place)
        return training_jobs.create_training_job(self._aws, request)


def job_from_sagemaker(found: Mapping[str, Any], tags: Mapping[str, str]) -> Job:
    """A job from the answer of DescribeTrainingJob."""
    serverless = found.get("ServerlessJobConfig") or {}
    given = found.get("HyperParameters", {})
    resources = found.get("ResourceConfig") or {}
    inputs = {one["ChannelName"]: one for one in found.get("InputDataConfig", ())}
    made = found.get("OutputModelPackageArn")
    if made is None and not serverless and found["TrainingJobStatus"] == Status.COMPLETED:
        made = found.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    return Job(
        name=found["TrainingJobName"],
        arn=found["TrainingJobArn"],
        backend="sagemaker" if serverless else "sagemaker-recipe",
        status=Status(found["TrainingJobStatus"]),
        created=found["CreationTime"],
        base_model=serverless.get("BaseModelArn")
        or given.get("base_model")
        or given.get("base_model_location", ""),
        custom_model=found["TrainingJobName"],
        phases={"training": str(found.get("SecondaryStatus", ""))},
        updated=found.get("LastModifiedTime"),
        ended=found.get("TrainingEndTime"),
        custom_model_arn=made,
        failure=found.get("FailureReason") or None,
        hyperparameters=given,
        reward_version_arn=given.get("reward_lambda_arn"),
        training_uri=_uri(inputs.get("train")),
        output_uri=found.get("OutputDataConfig", {}).get("S3OutputPath"),
        billed_tokens=found.get("BillableTokenCount"),
        instances=resources.get("InstanceCount"),
        tags=dict(tags),
    )


def _uri(channel: Mapping[str, Any] | None) -> str | None:
    return channel["DataSource"]["S3DataSource"]["S3Uri"] if channel else None


def _listed(summary: Mapping[str, Any], backend: str) -> Listed:
    return Listed(
        name=summary["TrainingJobName"],
        arn=summary["TrainingJobArn"],
        backend=backend,
        status=Status(summary["TrainingJobStatus"]),
        created=summary["CreationTime"],
        ended=summary.get("TrainingEndTime"),
        updated=summary.get("LastModifiedTime"),
    )
