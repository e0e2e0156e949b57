"""After training: the model put to use, on demand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from nova_rft.aws import deployments
from nova_rft.aws.session import Aws
from nova_rft.errors import FindingsError, UsageError
from nova_rft.jobs._job import Job, Status, iso
from nova_rft.jobs.requests import PROJECT_TAG, STAGE_TAG
from nova_rft.spec import Spec, digest

_LOOK_S: Final = 10.0


class NotYet(FindingsError):
    """A model is still being imported or deployed; the same call finds it later."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model that answers.

    Attributes:
        name: The deployment's name; the model's, where it answers without one.
        model_id: What Converse, or the OpenAI-compatible API, takes as the model.
        model_arn: The model.
        status: `Creating`, `Active` or `Failed`.
        created: When it was deployed (UTC), where it was.
        failure: Why it failed, in AWS's words.
        hour_usd: What an hour costs by the spec's prices, or None where it has none.
    """

    name: str
    model_id: str
    model_arn: str
    status: str
    created: datetime | None = None
    failure: str | None = None
    hour_usd: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """As documented for `serve-model --json`."""
        made = {"created": iso(self.created) if self.created else None}
        return {**asdict(self), **made}


def serve(
    aws: Aws,
    spec: Spec,
    job: Job,
    *,
    role_arn: str | None = None,
    wait_s: float = 1800.0,
    look_s: float = _LOOK_S,
    progress: Callable[[str], None] = lambda _: None,
) -> Served:
    """Creates the deployment of a job's model, or finds it; waits until it answers.

    A model that SageMaker trained is first imported into Bedrock. Open-weight models answer at once.

    Args:
        aws: The account and region.
        spec: The project.
        job: It must have completed.
        role_arn: The role that may read a model trained on SageMaker.
        wait_s: How long to wait; 0 does not wait.
        look_s: Seconds between two looks.
        progress: Told each step in a few words.

    Raises:
        UsageError: the job has made no model.
        NotYet: it is still being imported or deployed; it goes on.
        FindingsError: the model could not be imported or deployed.
        AwsRefused: AWS refused a call.
    """
    if job.status is not Status.COMPLETED or job.custom_model_arn is None:
        raise UsageError(
            f"{job.name} is {job.status} and has made no model; wait for it to complete"
        )
    if job.backend == "bedrock-openai":
        model = job.custom_model_arn
        return Served(job.name, model, model, "Active")
    until = time.monotonic() + wait_s
    model_arn = job.custom_model_arn
    if job.backend != "bedrock":
        progress("importing the model into Bedrock")
        model_arn = _imported(aws, job, role_arn, until, look_s)
    progress("deploying the model")
    tags = {PROJECT_TAG: spec.project, STAGE_TAG: spec.stage}
    name = job.name
    if deployments.find_deployment(aws, name) is None:
        token = digest([name, model_arn])
        deployments.create_deployment(aws, name=name, model_arn=model_arn, token=token, tags=tags)
    return _active(aws, spec, name, until, look_s, wait=wait_s > 0)


def _imported(aws: Aws, job: Job, role_arn: str | None, until: float, look_s: float) -> str:
    source = job.custom_model_arn or ""
    found = deployments.find_model(aws, job.name)
    if found is None:
        if role_arn is None:
            raise UsageError(f"{job.name}: no role is deployed that may read {source}")
        token = digest([job.name, source])
        deployments.import_model(aws, name=job.name, source=source, role_arn=role_arn, token=token)
    while True:
        found = deployments.find_model(aws, job.name)
        status = (found or {}).get("modelStatus", "Creating")
        if found is not None and status == "Active":
            arn: str = found["modelArn"]
            return arn
        if found is not None and status == "Failed":
            raise FindingsError(
                f"{source} could not be imported: {found.get('failureMessage', 'no reason given')}"
            )
        _patience(until, f"{source} is still being imported; ask again: nova-rft serve-model")
        time.sleep(look_s)


def _active(aws: Aws, spec: Spec, name: str, until: float, look_s: float, *, wait: bool) -> Served:
    while True:
        found = deployments.find_deployment(aws, name)
        if found is None:
            raise FindingsError(f"the deployment {name} vanished; ask again: nova-rft serve-model")
        served = _served(found, spec)
        if served.status == "Failed":
            raise FindingsError(
                f"{name} could not be deployed: {served.failure or 'no reason given'}"
            )
        if served.status == "Active" or not wait:
            return served
        _patience(until, f"{name} is still being deployed; ask again: nova-rft serve-model")
        time.sleep(look_s)


def _patience(until: float, what: str) -> None:
    if time.monotonic() > until:
        raise NotYet(what)


def served_models(aws: Aws, spec: Spec) -> Iterator[Served]:
    """The project's deployments, the newest first."""
    for summary in deployments.list_deployments(aws, name_contains=f"{spec.project}-{spec.stage}-"):
        yield Served(
            name=summary["customModelDeploymentName"],
            model_id=summary["customModelDeploymentArn"],
            model_arn=summary["modelArn"],
            status=summary["status"],
            created=summary["createdAt"],
            failure=summary.get("failureMessage"),
            hour_usd=spec.prices.deployment_hour,
        )


def unserve(aws: Aws, name: str) -> None:
    """Deletes a deployment; the model stays.

    Raises:
        UsageError: there is none of that name or ARN.
    """
    if deployments.find_deployment(aws, name) is None:
        raise UsageError(f"{name}: no such deployment in {aws.region}; nova-rft serve-model --list")
    deployments.delete_deployment(aws, name)


def _served(found: dict[str, Any], spec: Spec) -> Served:
    return Served(
        name=found["modelDeploymentName"],
        model_id=found["customModelDeploymentArn"],
        model_arn=found["modelArn"],
        status=found["status"],
        created=found["createdAt"],
        failure=found.get("failureMessage"),
        hour_usd=spec.prices.deployment_hour,
    )
