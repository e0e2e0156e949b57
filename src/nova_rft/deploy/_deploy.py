"""Bootstrap, deploy, synth: each a run of the CDK command line."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nova_rft import spec as specs
from nova_rft.deploy._bundle import Progress
from nova_rft.deploy._work import Workplace, workplace
from nova_rft.errors import NovaRftError, StorageError

if TYPE_CHECKING:
    from nova_rft.aws.session import Aws

# What the CDK calls the stack that it needs in a region.
BOOTSTRAP: Final = "CDKToolkit"
# Exports by which the stacks refer to each other; CDK's, not ours.
_EXPORT: Final = "ExportsOutput"


def deploy(
    spec_path: str | Path = "nova-rft.yaml",
    *,
    progress: Progress = lambda _: None,
    bootstrap: bool = True,
) -> dict[str, dict[str, str]]:
    """Deploys the project's stacks; what has not changed is left alone.

    So is a stack that an earlier spec of this project and stage had and this one has not. Cut short, it
    is called again: a stack that is being made by then is waited for.

    Args:
        spec_path: The spec.
        progress: Told each line that the CDK prints.
        bootstrap: Whether to bootstrap the account's region for the CDK where it is not yet.

    Returns:
        Outputs of each stack, by part: `storage`, `customization`, and what else spec and stage ask for.

    Raises:
        SpecError: the spec is not valid.
        UsageError: a tool, the region or the wheels are missing; the account is not the stage's.
        AwsRefused: AWS refused; what was deployed before stays.
    """
    work = workplace(spec_path, progress)
    if bootstrap and not _bootstrapped(work.aws):
        _bootstrap(work)
    work.add_wheels()
    outputs = work.state / "outputs.json"
    outputs.unlink(missing_ok=True)
    work.cdk_run(
        "deploy",
        "--all",
        "--method=direct",
        "--require-approval=never",
        f"--outputs-file={outputs}",
        *work.app,
        failed="the deployment failed",
    )
    made = _outputs(work.spec, outputs)
    _keep_warm(work, made.get("reward"))
    return made


def _keep_warm(work: Workplace, reward: Mapping[str, str] | None) -> None:
    """Has the version that new jobs are bound to kept ready, as the stage says."""
    from nova_rft.aws.warm import keep_warm

    if reward is not None:
        asked = specs.load_stage(work.spec_file, work.spec.stage).concurrency.provisioned
        keep_warm(work.aws, reward["RewardFunctionName"], reward["RewardVersion"], asked)


def bootstrap(
    spec_path: str | Path = "nova-rft.yaml", *, progress: Progress = lambda _: None
) -> None:
    """Bootstraps the account's region for the CDK; harmless where that was done already.

    Raises:
        UsageError: a tool or the region is missing.
        AwsRefused: AWS refused.
    """
    _bootstrap(workplace(spec_path, progress))


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
    work = workplace(spec_path, progress, account=account)
    work.add_wheels()
    work.environment.update(
        CDK_DEFAULT_ACCOUNT=account or work.aws.account(), CDK_DEFAULT_REGION=work.aws.region
    )
    if validate:
        work.environment["CDK_VALIDATION"] = "true"
    work.cdk_run("synth", "--quiet", *work.app, failed="the templates could not be made")
    return work.assembly


def _bootstrapped(aws: Aws) -> bool:
    # Not left to `cdk bootstrap`, which would put its own template over one that a company adapted.
    from nova_rft.aws.stacks import outputs_of

    return outputs_of(aws, BOOTSTRAP) is not None


def _bootstrap(work: Workplace) -> None:
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


def _outputs(spec: specs.Spec, file: Path) -> dict[str, dict[str, str]]:
    try:
        stacks = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{file}: the CDK wrote no outputs there ({error})") from error
    start = spec.stack_name("")
    # Those of the spec first, in the order that they need each other.
    added = [name.removeprefix(start) for name in stacks if name.startswith(start)]
    parts = [*spec.parts, *(part for part in added if part not in spec.parts)]
    found = {
        part: {
            key: str(value)
            for key, value in stacks.get(spec.stack_name(part), {}).items()
            if not key.startswith(_EXPORT)
        }
        for part in parts
    }
    bare = [spec.stack_name(part) for part in spec.parts if not found[part]]
    if bare:
        raise NovaRftError(
            f"the stack {bare[0]} is there, but CloudFormation names no outputs of it"
        )
    return found
