"""One project in one region, with the tools to work on it; refused where it is not the right place."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nova_rft import spec as specs
from nova_rft.deploy._bundle import Progress, bundle_root, wheelhouse
from nova_rft.deploy._errors import failure
from nova_rft.deploy._run import Ran, run
from nova_rft.deploy._tools import Cdk, find_cdk

if TYPE_CHECKING:
    from nova_rft.aws.session import Aws

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


@dataclass(frozen=True, slots=True)
class Place:
    """A project's stage, and the account and region that the credentials lead to."""

    spec: specs.Spec
    stage: specs.Stage
    spec_file: Path
    aws: Aws
    progress: Progress


@dataclass(frozen=True, slots=True)
class Workplace(Place):
    """A place with the CDK command line."""

    cdk: Cdk
    environment: dict[str, str] = field(repr=False)

    @property
    def state(self) -> Path:
        """Where the assembly and the log of the CDK are kept."""
        home = Path(os.environ.get("NOVA_RFT_HOME") or ".nova-rft").absolute()
        return home / "deploy" / f"{self.spec.project}-{self.spec.stage}"

    @property
    def assembly(self) -> Path:
        """The cloud assembly: a template for each stack."""
        return self.state / "cdk.out"

    @property
    def app(self) -> list[str]:
        """The options that name the app, and where its assembly goes."""
        program = f'"{sys.executable}" app.py'
        return [f"--app={program}", f"--output={self.assembly}"]

    def cdk_run(self, *arguments: str, failed: str, folder: Path | None = None) -> Ran:
        """Runs the command line, in the app's folder unless another is named.

        Raises:
            NovaRftError: it failed; the message says why in a line or two.
        """
        command = [str(self.cdk.path), *arguments, "--no-notices", "--no-version-reporting"]
        ran = run(
            command,
            folder=folder or bundle_root() / "infra",
            environment=self.environment,
            log=self.state / "cdk.log",
            progress=self.progress,
        )
        if ran.status:
            raise failure(failed, ran)
        return ran

    def add_wheels(self) -> None:
        """Fetches the Lambda's wheels, where the project has a Lambda.

        Raises:
            UsageError: they are not there and cannot be fetched.
        """
        if {"reward", "pipeline", "scoring"} & {*self.spec.parts, *self.stage.parts}:
            target = os.environ.get("NOVA_RFT_LAMBDA_TARGET") or "arm64"
            folder = wheelhouse(target, progress=self.progress)
            self.environment["NOVA_RFT_WHEELHOUSE"] = str(folder)


def place(spec_path: str | Path, progress: Progress, *, account: str | None = None) -> Place:
    """The place of a spec, whose stage may name the account.

    Args:
        spec_path: The spec.
        progress: Told what is going on.
        account: What the templates are made for; without it the credentials' is asked for, and that
            nothing there belongs to another project.

    Raises:
        UsageError: no region is named, the account is another one, or the stacks are another project's.
    """
    spec = specs.load(spec_path)
    stage = specs.load_stage(spec_path, spec.stage)
    # Late: it loads boto3. The CDK would take us-east-1 where no region is named; this refuses.
    from nova_rft.aws.session import Aws
    from nova_rft.aws.stacks import refuse_others

    aws = Aws(spec.region)
    if stage.account is not None:
        stage.check_account(account or aws.account())
    if account is None:
        refuse_others(aws, spec)
    return Place(spec, stage, Path(spec_path).absolute(), aws, progress)


def workplace(
    spec_path: str | Path, progress: Progress, *, account: str | None = None
) -> Workplace:
    """The place of a spec, with the tools that the CDK needs; raises as `place` does."""
    cdk = find_cdk()
    here = place(spec_path, progress, account=account)
    region = {"AWS_REGION": here.aws.region, "AWS_DEFAULT_REGION": here.aws.region}
    environment = {**os.environ, **_QUIET, **region, "NOVA_RFT_SPEC": str(here.spec_file)}
    return Workplace(here.spec, here.stage, here.spec_file, here.aws, progress, cdk, environment)
