"""Submitting: once, however often it is asked and wherever it is killed.

The order is what makes that hold. Everything up to the creation of the job only looks or writes
content under its own digest; the job's name and token are made from the same digests; so a second
run finds what the first one left, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_rft.aws.customization import create_job, find_job, tags_of
from nova_rft.aws.session import Aws
from nova_rft.aws.stacks import Deployment, NotDeployed, deployment
from nova_rft.aws.storage import file_digest, upload
from nova_rft.errors import AwsRefused, FindingsError, JobFailed
from nova_rft.jobs._job import Job, Status, job_from_bedrock
from nova_rft.jobs._run_folder import write_run
from nova_rft.jobs.requests import Identity, Place, Records, bedrock_request, identify
from nova_rft.reward import check_records_for
from nova_rft.spec import Spec, digest


@dataclass(frozen=True, slots=True)
class Submission:
    """What submitting came to: the job, and whether this call made it."""

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class RecordFiles:
    """The records, as JSON Lines of the technique's shape."""

    training: Path
    validation: Path | None = None


def submit(
    spec: Spec,
    files: RecordFiles,
    aws: Aws,
    *,
    again: bool = False,
    state: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> Submission:
    """Submits the spec's job, or finds it where it is submitted already.

    Args:
        spec: What to submit.
        files: Its records.
        aws: The account and region.
        again: Whether a Failed or Stopped job is followed by a next attempt.
        state: Folder that repeats what AWS knows, for people to read.
        progress: Told each step in a few words.

    Raises:
        FindingsError: the records or the deployment break a rule; nothing was sent.
        JobFailed: the job exists and ended Failed or Stopped, and `again` is not given.
        AwsRefused: AWS refused a call.
    """
    progress("checking the records")
    training = _records(spec, files.training, training=True)
    validation = _records(spec, files.validation, training=False) if files.validation else None
    progress("reading the stacks")
    deployed = _deployed(aws, spec)
    base = identify(spec, training, validation, deployed.reward_version_arn)
    progress("looking for the job")
    identity, existing = _latest(aws, spec, base)
    if existing is not None:
        if existing.status not in (Status.FAILED, Status.STOPPED):
            write_run(state, existing, spec)
            return Submission(existing, created=False)
        if not again:
            raise JobFailed(_ended_badly(existing))
        identity = Identity(spec.project, spec.stage, base, identity.attempt + 1)
    progress("uploading the records")
    request = _request(aws, spec, identity, files, training, validation, deployed)
    progress("creating the job")
    job, created = _create(aws, request, identity)
    write_run(state, job, spec)
    return Submission(job, created=created)


def _records(spec: Spec, path: Path, *, training: bool) -> Records:
    check = check_records_for(spec, path, training=training)
    errors = [finding for finding in check.findings if finding.severity == "error"]
    if errors:
        raise FindingsError(
            f"{errors[0]} ({len(errors)} errors in all; `nova-rft check` shows them, "
            "nothing was submitted)"
        )
    return Records(file_digest(path), check.records)


def _deployed(aws: Aws, spec: Spec) -> Deployment:
    deployed = deployment(aws, spec)
    if spec.technique == "rft" and deployed.reward_digest != digest(spec.required_reward):
        raise NotDeployed(
            f"the deployed reward of {spec.project} is not the one in the spec; "
            "deploy it first: `nova-rft deploy`"
        )
    return deployed


def _latest(aws: Aws, spec: Spec, base: str) -> tuple[Identity, Job | None]:
    """The last attempt that exists; the first one, and None, where none does."""
    identity, job = Identity(spec.project, spec.stage, base), None
    while (found := find_job(aws, identity.name)) is not None:
        job = job_from_bedrock(found, tags_of(aws, found["jobArn"]))
        if job.status not in (Status.FAILED, Status.STOPPED):
            return identity, job
        identity = Identity(spec.project, spec.stage, base, identity.attempt + 1)
    if job is not None:
        identity = Identity(spec.project, spec.stage, base, identity.attempt - 1)
    return identity, job


def _request(
    aws: Aws,
    spec: Spec,
    identity: Identity,
    files: RecordFiles,
    training: Records,
    validation: Records | None,
    deployed: Deployment,
) -> dict[str, Any]:
    bucket = deployed.data_bucket
    training_uri = upload(aws, files.training, bucket, f"datasets/{training.digest}.jsonl")
    validation_uri = None
    if files.validation and validation:
        key = f"datasets/{validation.digest}.jsonl"
        validation_uri = upload(aws, files.validation, bucket, key)
    place = Place(
        region=aws.region,
        account=deployed.account,
        role_arn=deployed.job_role_arn or "",
        training_uri=training_uri,
        validation_uri=validation_uri,
        output_uri=f"s3://{deployed.output_bucket}/jobs/{identity.name}/",
        records=training.count,
        reward_version_arn=deployed.reward_version_arn,
    )
    return bedrock_request(spec, identity, place)


def _create(aws: Aws, request: dict[str, Any], identity: Identity) -> tuple[Job, bool]:
    try:
        arn = create_job(aws, request)
        created = True
    except AwsRefused:
        # Another submit of the same spec may have been faster; then its job is ours too.
        if find_job(aws, identity.name) is None:
            raise
        arn, created = identity.name, False
    found = find_job(aws, arn)
    if found is None:
        raise FindingsError(
            f"Bedrock took the job {identity.name} but does not show it yet; "
            "run `nova-rft submit` again: it will find it"
        )
    return job_from_bedrock(found, tags_of(aws, found["jobArn"])), created


def _ended_badly(job: Job) -> str:
    reason = f": {job.failure}" if job.failure else ""
    return (
        f"this job was submitted before and ended {job.status} ({job.name}){reason}; "
        "mend the cause, or start the next attempt with `nova-rft submit --again`"
    )
