"""What the `sagemaker` package can say before a HyperPod job is started: its cluster, its recipe.

The package is an extra (`hyperpod`), imported when it is used. Its version is fixed: what it takes and
gives here is told by its source, and by the tests in tests/hyperpod, more than by its documentation.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from nova_rft.aws.errors import aws_errors, translate
from nova_rft.errors import FindingsError, UsageError

VERSION: Final = "3.27.0"
_EXTRA: Final = "pip install 'nova-rft[hyperpod]'"
_TRAINERS: Final = {
    "cpt": "CPTTrainer",
    "sft": "SFTTrainer",
    "dpo": "DPOTrainer",
    "rft": "RLVRTrainer",
}
# It counts its users unless told not to.
_NO_TELEMETRY: Final = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
}


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """What a job asks of a cluster.

    Attributes:
        cluster: The cluster's name.
        namespace: Its namespace for jobs.
        instance_type: Such as `ml.p5.48xlarge`.
        replicas: How many of them.
        technique: What it trains by.
        adapter: `lora` or `full`.
        model: The base model, by Bedrock's id.
    """

    cluster: str
    namespace: str
    instance_type: str
    replicas: int
    technique: str
    adapter: str
    model: str


def require_sdk() -> None:
    """Looks whether the package is there, without importing it.

    Raises:
        UsageError: it is not, or another version of it is.
    """
    try:
        found = version("sagemaker")
    except PackageNotFoundError:
        raise UsageError(f"the sagemaker package is an extra; install it: {_EXTRA}") from None
    if found != VERSION:
        raise UsageError(f"sagemaker {found} is installed, and {VERSION} is needed: {_EXTRA}")


def check_room(region: str, job: ClusterJob) -> None:
    """Asks whether the cluster is there and has the instances, in groups for Nova's recipes.

    Raises:
        FindingsError: it has not.
        AwsRefused: there is no such cluster, or it may not be looked at.
    """
    session = _session(region)
    from sagemaker.train.common_utils.validator import validate_hyperpod_compute

    with _sdk_errors():
        # Nova's recipes run in restricted instance groups alone.
        validate_hyperpod_compute(_compute(job), session, is_nova=True)


def check_recipe(region: str, job: ClusterJob, recipe: Path, changes: Mapping[str, Any]) -> None:
    """Lays a recipe over the one that AWS's hub has today, by the package's own rules.

    Args:
        region: Whose hub.
        job: What is trained, and on what.
        recipe: The recipe, as YAML.
        changes: What of it is not AWS's own, by its path from the top with dots.

    Raises:
        FindingsError: a value is out of the hub's range, or AWS's recipe has no place for one.
        AwsRefused: the hub could not be read.
    """
    session = _session(region)
    from sagemaker import train

    # Continued pre-training has one kind alone, and no word for it.
    kind = {} if job.technique == "cpt" else {"training_type": job.adapter.upper()}
    with _sdk_errors(), _plain_copy(recipe) as copy:
        trainer = getattr(train, _TRAINERS[job.technique])(
            model=job.model.split(":")[0],
            compute=_compute(job),
            recipe=str(copy),
            sagemaker_session=session,
            **kind,
        )
        resolved = trainer.get_resolved_recipe()
    lost = [path for path, value in changes.items() if _at(resolved, path) != value]
    if lost:
        raise FindingsError(
            f"AWS's recipe for {job.technique} of {job.model}, as the hub in {region} has it today, has "
            f"no place for {', '.join(lost)}; leave them out, or start the printed command yourself"
        )


def _session(region: str) -> Any:
    """The package's session in a region, which counts no users."""
    # It asks for a region while it is imported.
    os.environ.setdefault("AWS_DEFAULT_REGION", region)
    import boto3
    from sagemaker.core.helper.session_helper import Session

    with aws_errors():
        return Session(boto3.Session(region_name=region), sagemaker_config=_NO_TELEMETRY)


def _compute(job: ClusterJob) -> Any:
    from sagemaker.core.training.configs import HyperPodCompute

    return HyperPodCompute(
        cluster_name=job.cluster,
        instance_type=job.instance_type,
        namespace=job.namespace,
        node_count=job.replicas,
    )


@contextmanager
def _sdk_errors() -> Iterator[None]:
    """The package's errors as ours; what AWS said is told in AWS's words."""
    try:
        with aws_errors():
            yield
    except (ValueError, TypeError, PermissionError, RuntimeError) as error:
        if isinstance(error, UsageError):
            raise
        if isinstance(error.__cause__, ClientError):
            raise translate(error.__cause__) from error
        raise FindingsError(f"sagemaker {VERSION}: {error}") from error


@contextmanager
def _plain_copy(recipe: Path) -> Iterator[Path]:
    """A copy in which numbers are numbers to readers of YAML 1.1 too.

    AWS writes 1e-5 in its recipes, which the package reads as text and then refuses.
    """
    import yaml
    from ruamel.yaml import YAML

    tree = YAML(typ="safe", pure=True).load(recipe)
    with tempfile.TemporaryDirectory(prefix="nova-rft-") as scratch:
        copy = Path(scratch) / recipe.name
        copy.write_text(yaml.safe_dump(tree), encoding="utf-8")
        yield copy


def _at(tree: Any, path: str) -> Any:
    """What a path names, or None where it leads nowhere."""
    for step in path.split("."):
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    return tree
