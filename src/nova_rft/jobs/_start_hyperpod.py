"""Starting a HyperPod job, once: the `sagemaker` package checks, the printed command starts.

The package's own trainers end in the same command, `hyperpod start-job`, but with another recipe: of
sagemaker 3.27.0 a learning rate, LoRA's alpha and the validation records do not arrive there
(tests/hyperpod/test_why_not_the_trainer.py). So it lays our recipe over AWS's and looks at the cluster,
and what is run is what is printed.

The command adds five random characters to each job's name, so the cluster cannot tell two starts from
one. What was started is written down beside the recipe in S3 instead, before it is started.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import regex

from nova_rft.aws.hyperpod import ClusterJob, check_recipe, check_room, require_sdk
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import delete, find, put, put_new, split_uri
from nova_rft.errors import FindingsError, NovaRftError, UsageError
from nova_rft.jobs._job import iso
from nova_rft.jobs.recipes import instances
from nova_rft.spec import Spec

if TYPE_CHECKING:
    from nova_rft.jobs.backends import Plan

_MARK: Final = "started.json"
_OVERRIDES: Final = "--override-parameters"
# Helm, inside the command, waits a quarter of an hour.
_PATIENCE_S: Final = 20 * 60.0
# What helm says of the release that it made.
_NAMED: Final = regex.compile(r"^NAME: (\S+)", regex.MULTILINE)


@dataclass(frozen=True, slots=True)
class Started:
    """A job on a cluster.

    Attributes:
        name: Its name there; None while it is not known.
        cluster: The cluster.
        namespace: The namespace.
        at: When it was started, as ISO 8601 in UTC.
    """

    name: str | None
    cluster: str
    namespace: str
    at: str


def cluster_job(spec: Spec) -> ClusterJob:
    """What a spec asks of its cluster.

    Raises:
        UsageError: it names none.
    """
    if spec.compute is None or spec.compute.cluster is None:
        raise UsageError("the spec names no HyperPod cluster to start on; set compute.cluster")
    kind, count = instances(spec)
    return ClusterJob(
        cluster=spec.compute.cluster,
        namespace=spec.compute.namespace,
        instance_type=kind,
        replicas=count,
        technique=spec.technique,
        adapter=spec.cell.adapter,
        model=spec.model,
    )


def require_tools() -> None:
    """Looks whether all is there that starts a job.

    Raises:
        UsageError: something is not.
    """
    require_sdk()
    if shutil.which("hyperpod") is None:
        raise UsageError(
            "the hyperpod command is not on the PATH; install AWS's sagemaker-hyperpod-cli, branch "
            "release_v2, from its repository (the package index's `hyperpod` is somebody else's)"
        )


def start(
    aws: Aws, plan: Plan, job: ClusterJob, *, progress: Callable[[str], None] = lambda _: None
) -> tuple[Started, bool]:
    """Starts what was planned, unless it was started before.

    Args:
        aws: The account and region.
        plan: Recipe and command.
        job: What it asks of the cluster.
        progress: Told each step in a few words.

    Returns:
        The job, and whether this call started it.

    Raises:
        UsageError: the `sagemaker` package or the `hyperpod` command is not there.
        FindingsError: the cluster has no room, AWS's hub does not take the recipe, the command failed,
            or an earlier start was never heard of again.
        AwsRefused: AWS refused a call.
    """
    if (earlier := started(aws, plan.recipe_uri)) is not None:
        return _heard_of(earlier), False
    require_tools()
    progress("asking for the cluster")
    check_room(aws.region, job)
    progress("laying the recipe over AWS's")
    check_recipe(aws.region, job, plan.recipe, changed_by(plan.command))
    progress("connecting to the cluster")
    _run(plan.connect, plan.recipe.parent, aws.region)
    mark = Started(None, job.cluster, job.namespace, iso(datetime.now(UTC)))
    place = _mark(plan.recipe_uri)
    if not put_new(aws, *place, _bytes(mark)):
        return _heard_of(started(aws, plan.recipe_uri) or mark), False
    progress("starting the job")
    try:
        said = _run(plan.command, plan.recipe.parent, aws.region)
    except FindingsError:
        delete(aws, *place)
        raise
    named = _NAMED.search(said)
    made = Started(named[1] if named else None, mark.cluster, mark.namespace, mark.at)
    put(aws, *place, _bytes(made))
    return _heard_of(made), True


def started(aws: Aws, recipe_uri: str) -> Started | None:
    """What was started with a recipe, or None."""
    found = find(aws, *_mark(recipe_uri))
    return None if found is None else Started(**json.loads(found))


def changed_by(command: Sequence[str]) -> dict[str, Any]:
    """What a command changes in AWS's recipe, by its path from the top with dots."""
    told = json.loads(command[command.index(_OVERRIDES) + 1])
    return {
        path.removeprefix("recipes."): value
        for path, value in told.items()
        # Which model it starts from is not the hub's to say.
        if path.startswith("recipes.") and path != "recipes.run.model_name_or_path"
    }


def _heard_of(job: Started) -> Started:
    if job.name is None:
        raise FindingsError(
            f"a job was started on {job.cluster} at {job.at}, or was about to be, and its name is not "
            f"known; look for it: hyperpod list-jobs --namespace {job.namespace}. If it is not there: "
            "nova-rft submit --start --again"
        )
    return job


def _mark(recipe_uri: str) -> tuple[str, str]:
    bucket, key = split_uri(recipe_uri)
    return bucket, f"{key.rsplit('/', 1)[0]}/{_MARK}"


def _bytes(job: Started) -> bytes:
    return json.dumps(asdict(job)).encode()


def _run(command: Sequence[str], folder: Path, region: str) -> str:
    """What a command says on standard output; it leaves its files in the run's folder.

    Raises:
        FindingsError: it failed.
        NovaRftError: it did not end in time; what became of it is not known.
    """
    try:
        done = subprocess.run(  # noqa: S603 - AWS's command line, with what the spec says
            command,
            cwd=folder,
            env={**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NovaRftError(
            f"{' '.join(command[:2])} has not ended after {_PATIENCE_S / 60:g} minutes"
        ) from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise FindingsError(f"{' '.join(command[:2])} failed ({done.returncode}): {last}")
    return done.stdout
