"""Submitting: once, however often it is asked and wherever it is killed.

The order is what makes that hold. Everything up to the creation of the job only looks or writes
content under its own digest; the job's name and token are made from the same digests; so a second
run finds what the first one left, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nova_rft.aws.session import Aws
from nova_rft.aws.stacks import Deployment, NotDeployed, deployment
from nova_rft.aws.storage import file_digest, put, upload
from nova_rft.errors import AwsRefused, FindingsError, JobFailed
from nova_rft.jobs._job import Job, Status
from nova_rft.jobs._made_for import check_made_for
from nova_rft.jobs._run_folder import run_folder, write_run
from nova_rft.jobs._start_hyperpod import started
from nova_rft.jobs.backends import Backend, Order, Plan, backend_of, plan, recipe_uri
from nova_rft.jobs.requests import Identity, Place, Records, identify
from nova_rft.reward import check_records_for
from nova_rft.spec import Spec, digest


@dataclass(frozen=True, slots=True)
class Submission:
    """What submitting came to.

    Attributes:
        job: The job.
        created: Whether this call made it.
    """

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class RecordFiles:
    """The records, as JSON Lines of the technique's shape."""

    training: Path
    validation: Path | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is known before anything is sent."""

    files: RecordFiles
    training: Records
    validation: Records | None
    deployed: Deployment
    base: str


def submit(
    spec: Spec,
    files: RecordFiles,
    aws: Aws,
    *,
    again: bool = False,
    named: str | None = None,
    state: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> Submission:
    """Submits the spec's job, or finds it where it is submitted already.

    Args:
        spec: What to submit.
        files: Its records.
        aws: The account and region.
        again: Whether a Failed or Stopped job is followed by a next attempt.
        named: The name of the job that it has to be, as `next_job` told it; then it is made or found,
            whatever became of it, and no other attempt is.
        state: Folder that repeats what AWS knows, for people to read.
        progress: Told each step in a few words.

    Raises:
        FindingsError: the records or the deployment break a rule, or it would be another job than the
            one that is named; nothing was sent.
        UsageError: the backend is HyperPod, whose cluster is not ours to reach: `plan_job`.
        JobFailed: the job exists and ended Failed or Stopped, and `again` is not given.
        AwsRefused: AWS refused a call.
    """
    backend = backend_of(spec.backend, aws)
    ready = _prepare(spec, files, aws, progress)
    progress("looking for the job")
    identity, existing = (
        _next(backend, spec, ready.base, again=again)
        if named is None
        else _named(backend, spec, ready.base, named)
    )
    if existing is not None:
        write_run(state, existing, spec)
        return Submission(existing, created=False)
    order = _order(aws, spec, ready, identity, progress)
    progress("creating the job")
    job, created = _create(backend, order)
    write_run(state, job, spec)
    return Submission(job, created)


def next_job(
    spec: Spec,
    files: RecordFiles,
    aws: Aws,
    *,
    again: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Identity, Job | None]:
    """The job that `submit` would find or make, and as it is where it is there; nothing is sent.

    Raises:
        FindingsError: the records or the deployment break a rule.
        JobFailed: the job exists and ended Failed or Stopped, and `again` is not given.
        AwsRefused: AWS refused a call.
    """
    ready = _prepare(spec, files, aws, progress)
    progress("looking for the job")
    return _next(backend_of(spec.backend, aws), spec, ready.base, again=again)


def plan_job(
    spec: Spec,
    files: RecordFiles,
    aws: Aws,
    *,
    again: bool = False,
    state: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Uploads what a HyperPod job reads, writes its recipe, and says the command that starts it.

    Args:
        spec: What to submit.
        files: Its records.
        aws: The account and region.
        again: Whether one that was started from here is followed by a next attempt.
        state: Folder that keeps the recipe, for people to read.
        progress: Told each step in a few words.

    Raises:
        FindingsError: the records or the deployment break a rule; nothing was sent.
        AwsRefused: AWS refused a call.
    """
    ready = _prepare(spec, files, aws, progress)
    first = Identity(spec.project, spec.stage, ready.base)
    identity = _planned(aws, ready.deployed.output_bucket, first, again=again)
    order = _order(aws, spec, ready, identity, progress)
    progress("writing the recipe")
    return plan(aws, order, run_folder(state, identity.name))


def _planned(aws: Aws, bucket: str, first: Identity, *, again: bool) -> Identity:
    """The last attempt that was started from here, or the one after it; the first where none was."""
    identity = first
    following = first
    while started(aws, recipe_uri(f"s3://{bucket}/{_folder(following)}")) is not None:
        identity = following
        following = replace(identity, attempt=identity.attempt + 1)
    return following if again else identity


def _prepare(
    spec: Spec, files: RecordFiles, aws: Aws, progress: Callable[[str], None]
) -> _Prepared:
    progress("checking the records")
    training = _records(spec, files.training, training=True)
    validation = _records(spec, files.validation, training=False) if files.validation else None
    progress("reading the stacks")
    deployed = _deployed(aws, spec)
    base = identify(spec, training, validation, deployed.reward_version_arn)
    return _Prepared(files, training, validation, deployed, base)


def _records(spec: Spec, path: Path, *, training: bool) -> Records:
    check = check_records_for(spec, path, training=training)
    errors = [finding for finding in check.findings if finding.severity == "error"]
    if errors:
        raise FindingsError(
            f"{errors[0]} (errors in all: {len(errors)}; `nova-rft check` shows them, "
            "nothing was submitted)"
        )
    return Records(file_digest(path), check.records)


def _deployed(aws: Aws, spec: Spec) -> Deployment:
    deployed = deployment(aws, spec)
    check_made_for(spec, deployed, aws.region)
    if spec.technique == "rft" and deployed.reward_digest != digest(spec.required_reward):
        raise NotDeployed(
            f"the deployed reward of {spec.project} is not the one in the spec; "
            "deploy it first: `nova-rft deploy`"
        )
    return deployed


def _latest(backend: Backend, spec: Spec, base: str) -> tuple[Identity, Job | None]:
    """The last attempt that exists; the first one, and None, where none does."""
    identity, job = Identity(spec.project, spec.stage, base), None
    while (found := backend.find(identity.name)) is not None:
        job = found
        if job.status not in (Status.FAILED, Status.STOPPED):
            return identity, job
        identity = Identity(spec.project, spec.stage, base, identity.attempt + 1)
    if job is not None:
        identity = Identity(spec.project, spec.stage, base, identity.attempt - 1)
    return identity, job


def _next(backend: Backend, spec: Spec, base: str, *, again: bool) -> tuple[Identity, Job | None]:
    """The attempt that is asked for, and its job where there is one."""
    identity, existing = _latest(backend, spec, base)
    if existing is None or existing.status not in (Status.FAILED, Status.STOPPED):
        return identity, existing
    if not again:
        raise JobFailed(_ended_badly(existing))
    return Identity(spec.project, spec.stage, base, identity.attempt + 1), None


def _named(backend: Backend, spec: Spec, base: str, named: str) -> tuple[Identity, Job | None]:
    """The attempt of that name, and its job where there is one."""
    attempt = named.rpartition("-")[2]
    identity = Identity(spec.project, spec.stage, base, int(attempt) if attempt.isdigit() else 1)
    if identity.name != named:
        raise FindingsError(
            f"this would be the job {identity.name} and not {named}: the reward was deployed anew "
            "since, or the spec or its records are others; start from what is there now"
        )
    return identity, backend.find(named)


def _order(
    aws: Aws,
    spec: Spec,
    ready: _Prepared,
    identity: Identity,
    progress: Callable[[str], None],
) -> Order:
    """Uploads what the job reads, and says where everything is."""
    progress("uploading the records")
    deployed, files = ready.deployed, ready.files
    training_uri = _upload(aws, deployed, files.training, ready.training)
    validation_uri = None
    if files.validation and ready.validation:
        validation_uri = _upload(aws, deployed, files.validation, ready.validation)
    output = _folder(identity)
    # What `jobs clone` starts from, on whatever machine.
    text = spec.model_dump_json(indent=2, exclude_none=True)
    put(aws, deployed.output_bucket, f"{output}spec.json", text.encode())
    place = Place(
        region=aws.region,
        account=deployed.account,
        role_arn=deployed.job_role_arn or "",
        training_uri=training_uri,
        validation_uri=validation_uri,
        output_uri=f"s3://{deployed.output_bucket}/{output}",
        records=ready.training.count,
        reward_version_arn=deployed.reward_version_arn,
        package_group_arn=deployed.package_group_arn,
        hub_name=deployed.hub_name,
        kms_key_arn=deployed.kms_key_arn,
        storage_key_arn=deployed.storage_key_arn,
        subnets=deployed.subnets,
        security_groups=deployed.security_groups,
        tags=deployed.tags,
    )
    return Order(spec, identity, place, files.training, files.validation)


def _folder(identity: Identity) -> str:
    """Where a job's files lie in the output bucket."""
    return f"jobs/{identity.name}/"


def _upload(aws: Aws, deployed: Deployment, file: Path, records: Records) -> str:
    return upload(aws, file, deployed.data_bucket, f"datasets/{records.digest}.jsonl")


def _create(backend: Backend, order: Order) -> tuple[Job, bool]:
    try:
        arn, created = backend.create(order), True
    except AwsRefused:
        # Another submit of the same spec may have been faster; then its job is ours too.
        if backend.find(order.identity.name) is None:
            raise
        arn, created = order.identity.name, False
    found = backend.find(arn)
    if found is None:
        raise FindingsError(
            f"{order.spec.backend} took the job {order.identity.name} but does not show it yet; "
            "run `nova-rft submit` again: it will find it"
        )
    return found, created


def _ended_badly(job: Job) -> str:
    reason = f": {job.failure}" if job.failure else ""
    return (
        f"this job was submitted before and ended {job.status} ({job.name}){reason}; "
        "mend the cause, or start the next attempt with `nova-rft submit --again`"
    )
