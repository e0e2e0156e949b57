"""The CDK app: the stacks of one project, checked by cdk-nag whenever they are synthesised."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from customization import Customization
from registry import Evaluators, Packages
from reward import Reward
from scoring import Scoring
from settings import Settings, from_environment
from storage import Storage

_Stack = TypeVar("_Stack", bound=cdk.Stack)

# cdk-nag's findings (printed by then), and the sentence of a `BundlingError`.
_BELOW_JSII: Final = re.compile(
    r"ValidationFailed: .+|(?<=@jsii/kernel\.RuntimeError: )(?:\S+ is missing; fill|pip could not) .+"
)
CONTEXT: Final = {
    # Access logs are allowed by bucket policy: ownership enforced leaves no ACLs.
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    # What changes the function's behaviour makes a new version, and nothing else does.
    "@aws-cdk/aws-lambda:recognizeVersionProps": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    # The region is known, and with it the partition: policies read as plain ARNs.
    "@aws-cdk/core:enablePartitionLiterals": True,
    # A stack that another one needs cannot be deleted before it.
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/core:target-partitions": ["aws", "aws-us-gov"],
}


def build(settings: Settings, *, context: Mapping[str, Any] | None = None, **props: Any) -> cdk.App:
    """The app with its stacks, not yet synthesised."""
    app = cdk.App(analytics_reporting=False, context={**CONTEXT, **(context or {})}, **props)
    spec = settings.spec

    def part(kind: Callable[..., _Stack], name: str, **needed: Any) -> _Stack:
        return kind(
            app,
            spec.stack_name(name),
            settings,
            **needed,
            env=cdk.Environment(account=settings.account, region=settings.region),
            description=f"nova_rft: {name} of {spec.project} ({spec.stage}).",
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )

    def if_needed(kind: Callable[..., _Stack], name: str, **needed: Any) -> _Stack | None:
        return part(kind, name, **needed) if name in spec.parts else None

    storage = part(Storage, "storage")
    reward = if_needed(Reward, "reward", output=storage.output)
    part(
        Customization,
        "customization",
        data=storage.data,
        output=storage.output,
        reward=reward and reward.function,
        packages=if_needed(Packages, "packages"),
        evaluators=if_needed(Evaluators, "evaluators"),
    )
    if settings.stage.scoring:
        part(Scoring, "scoring", output=storage.output, reward=reward and reward.function)
    cdk.Tags.of(app).add("nova-rft:project", spec.project)
    cdk.Tags.of(app).add("nova-rft:stage", spec.stage)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def main() -> int:
    """Synthesises for the CDK command line; returns the exit status."""
    try:
        build(from_environment(os.environ)).synth()
    except ValueError as error:
        # Whatever is wrong with spec or settings is a sentence, not a stack trace.
        print(f"error: {error}", file=sys.stderr)
        return 2
    except RuntimeError as error:
        # What fails below jsii, cdk-nag's findings and bundling too, comes back as this alone.
        known = _BELOW_JSII.search(str(error))
        if known is None:
            raise
        print(f"error: {known[0]}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
