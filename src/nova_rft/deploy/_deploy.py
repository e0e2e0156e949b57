"""Bootstrap, deploy, destroy: each a run of the CDK command line."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nova_rft import spec as specs
from nova_rft.deploy._bundle import Progress, bundle_root, wheelhouse
from nova_rft.deploy._errors import failure
from nova_rft.deploy._run import run
from nova_rft.deploy._tools import Cdk, find_cdk
from nova_rft.errors import AwsRefused, NovaRftError, StorageError

if TYPE_CHECKING:
    from nova_rft.aws.session import Aws

# Stacks that a spec's cell, or a stage, may or may not have (`Spec.parts`, `Stage.parts`).
_OPTIONAL: Final = ("scoring", "reward", "packages", "evaluators")

_QUIET: Final = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "true",
    # CloudFormation validates too; the library's own copy takes longer than all the rest.
    "CDK_VALIDATION": "false",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "true",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "true",
    # Node 20 works; jsii warns of its end of life in eleven lines, each time.
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    "NO_COLOR": "1",
    "PYTHONUNBUFFERED": "1",
}
# Exports by which the stacks refer to each other; CDK's, not ours.
_EXPORT: Final = "ExportsOutput"


@dataclass(frozen=True, slots=True)
class _Workplace:
    """One project in one region, with the tools to work on it."""

    spec: specs.Spec
    stage: specs.Stage
    spec_file: Path
    aws: Aws
    cdk: Cdk
    progress: Progress
    environment: dict[str, str] = field(repr=False)

    @property
    def parts(self) -> tuple[str, ...]:
        """The stacks that there are to be."""
        return (*self.spec.parts, *self.stage.parts)

    @property
    def state(self) -> Path:
        home = Path(os.environ.get("NOVA_RFT_HOME") or ".nova-rft").absolute()
        return home / "deploy" / f"{self.spec.project}-{self.spec.stage}"

    def cdk_run(self, *arguments: str, folder: Path, failed: str) -> None:
        """Runs the command line.

        Raises:
            NovaRftError: it failed; the message says why in a line or two.
        """
        command = [str(self.cdk.path), *arguments, "--no-notices", "--no-version-reporting"]
        ran = run(
            command,
            folder=folder,
            environment=self.environment,
            log=self.state / "cdk.log",
            progress=self.progress,
        )
        if ran.status:
            raise failure(failed, ran)


def deploy(
    spec_path: str | Path = "nova-rft.yaml",
    *,
    progress: Progress = lambda _: None,
    bootstrap: bool = True,
) -> dict[str, dict[str, str]]:
    """Deploys the project's stacks; what has not changed is left alone.

    So is a stack that an earlier spec of this project and stage had and this one has not.

    Args:
        spec_path: The spec.
        progress: Told each line that the CDK prints.
        bootstrap: Whether to bootstrap the account's region for the CDK where it is not yet.

    Returns:
        Outputs of each stack, by part: `storage`, `customization`, and what else `Spec.parts` and
        `Stage.parts` name.

    Raises:
        SpecError: the spec is not valid.
        UsageError: a tool, the region or the wheels are missing.
        AwsRefused: AWS refused; what was deployed before stays.
    """
    work = _workplace(spec_path, progress)
    if bootstrap and not _bootstrapped(work.aws):
        _bootstrap(work)
    _add_wheels(work)
    outputs = work.state / "outputs.json"
    outputs.unlink(missing_ok=True)
    work.cdk_run(
        "deploy",
        "--all",
        "--method=direct",
        "--require-approval=never",
        f"--outputs-file={outputs}",
        *_app(work),
        folder=bundle_root() / "infra",
        failed="the deployment failed",
    )
    return _outputs(work, outputs)


def bootstrap(
    spec_path: str | Path = "nova-rft.yaml", *, progress: Progress = lambda _: None
) -> None:
    """Bootstraps the account's region for the CDK; harmless where that was done already.

    Raises:
        UsageError: a tool or the region is missing.
        AwsRefused: AWS refused.
    """
    _bootstrap(_workplace(spec_path, progress))


def destroy(
    spec_path: str | Path = "nova-rft.yaml", *, progress: Progress = lambda _: None
) -> None:
    """Deletes the project's stacks; its buckets, models and evaluators stay.

    A policy that was attached by hand has to be detached before.

    Raises:
        UsageError: a tool, the region or the wheels are missing.
        AwsRefused: AWS refused.
    """
    work = _workplace(spec_path, progress)
    _add_wheels(work)
    _delete_former(work)
    work.cdk_run(
        "destroy",
        "--all",
        "--force",
        *_app(work),
        folder=bundle_root() / "infra",
        failed="the stacks could not be deleted",
    )


def _delete_former(work: _Workplace) -> None:
    """Deletes the stacks of earlier specs, which the app of this spec does not know."""
    from nova_rft.aws.stacks import delete_stack, stack_exists

    names = [work.spec.stack_name(part) for part in _OPTIONAL if part not in work.parts]
    former = [name for name in names if stack_exists(work.aws, name)]
    if former:
        # What may still import from them goes first: the spec may not have been deployed since.
        delete_stack(work.aws, work.spec.stack_name("customization"))
    for name in former:
        work.progress(f"deleting {name}, which an earlier spec had")
        delete_stack(work.aws, name)


def synth(
    spec_path: str | Path = "nova-rft.yaml",
    *,
    account: str | None = None,
    validate: bool = False,
    progress: Progress = lambda _: None,
) -> Path:
    """Makes the CloudFormation templates and the Lambda's asset without deploying them.

    Args:
        spec_path: The spec.
        account: The account to make them for; without it the credentials'.
        validate: Whether the CDK's own copy of CloudFormation's rules checks them too (slow).
        progress: Told each line that the CDK prints.

    Returns:
        The folder of the cloud assembly.

    Raises:
        UsageError: a tool, the region, the account or the wheels are missing.
        FindingsError: cdk-nag objects.
    """
    work = _workplace(spec_path, progress)
    _add_wheels(work)
    work.environment.update(
        CDK_DEFAULT_ACCOUNT=account or work.aws.account(), CDK_DEFAULT_REGION=work.aws.region
    )
    if validate:
        work.environment["CDK_VALIDATION"] = "true"
    work.cdk_run(
        "synth",
        "--quiet",
        *_app(work),
        folder=bundle_root() / "infra",
        failed="the templates could not be made",
    )
    return work.state / "cdk.out"


def _add_wheels(work: _Workplace) -> None:
    """Fetches the Lambda's wheels, where the project has a Lambda."""
    if "reward" in work.spec.parts:
        target = os.environ.get("NOVA_RFT_LAMBDA_TARGET") or "arm64"
        folder = wheelhouse(target, progress=work.progress)
        work.environment["NOVA_RFT_WHEELHOUSE"] = str(folder)


def _workplace(spec_path: str | Path, progress: Progress) -> _Workplace:
    spec = specs.load(spec_path)
    cdk = find_cdk()
    # Late: it loads boto3. The CDK would take us-east-1 where no region is named; this refuses.
    from nova_rft.aws.session import Aws

    aws = Aws(spec.region)
    file = Path(spec_path).absolute()
    region = {"AWS_REGION": aws.region, "AWS_DEFAULT_REGION": aws.region}
    environment = {**os.environ, **_QUIET, **region, "NOVA_RFT_SPEC": str(file)}
    stage = specs.load_stage(file, spec.stage)
    return _Workplace(spec, stage, file, aws, cdk, progress, environment)


def _app(work: _Workplace) -> list[str]:
    program = f'"{sys.executable}" app.py'
    return [f"--app={program}", f"--output={work.state / 'cdk.out'}"]


def _bootstrapped(aws: Aws) -> bool:
    # Not left to `cdk bootstrap`, which would put its own template over one that a company adapted.
    from nova_rft.aws.errors import aws_errors

    try:
        with aws_errors():
            aws.client("cloudformation").describe_stacks(StackName="CDKToolkit")
    except AwsRefused as refused:
        if "does not exist" in str(refused):
            return False
        raise
    return True


def _bootstrap(work: _Workplace) -> None:
    work.progress(f"bootstrapping {work.aws.region} for the CDK")
    # In an empty folder: in the app's own it would synthesise without bundling, and the next
    # deployment would upload that.
    with tempfile.TemporaryDirectory(prefix="nova-rft-") as empty:
        work.cdk_run(
            "bootstrap",
            f"aws://{work.aws.account()}/{work.aws.region}",
            folder=Path(empty),
            failed="the CDK's bootstrap failed",
        )


def _outputs(work: _Workplace, file: Path) -> dict[str, dict[str, str]]:
    spec = work.spec
    try:
        stacks = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{file}: the CDK wrote no outputs there ({error})") from error
    found = {
        part: {
            key: str(value)
            for key, value in stacks.get(spec.stack_name(part), {}).items()
            if not key.startswith(_EXPORT)
        }
        for part in work.parts
    }
    bare = [spec.stack_name(part) for part, values in found.items() if not values]
    if bare:
        raise NovaRftError(
            f"the stack {bare[0]} is there, but CloudFormation names no outputs of it"
        )
    return found
