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
from keys import Encrypted, Keys
from monitoring import Monitoring
from network import Network, there_already
from pipeline import PipelineStack
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
    spec, stage = settings.spec, settings.stage
    bound = stage.permissions_boundary

    def part(kind: Callable[..., _Stack], name: str, **needed: Any) -> _Stack:
        return kind(
            app,
            spec.stack_name(name),
            settings,
            **needed,
            env=cdk.Environment(account=settings.account, region=settings.region),
            permissions_boundary=cdk.PermissionsBoundary.from_arn(bound) if bound else None,
            description=f"nova_rft: {name} of {settings.whose}.",
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )

    def if_needed(kind: Callable[..., _Stack], name: str, **needed: Any) -> _Stack | None:
        return part(kind, name, **needed) if name in spec.parts else None

    key = part(Keys, "key").arn if stage.key == "new" else stage.key
    network = there_already(settings)
    if stage.network is not None and network is None:
        network = part(Network, "network").joined
    storage = part(Storage, "storage", key=key)
    reward = if_needed(Reward, "reward", output=storage.output, key=key, network=network)
    evaluators = if_needed(Evaluators, "evaluators")
    customization = part(
        Customization,
        "customization",
        data=storage.data,
        output=storage.output,
        reward=reward and reward.function,
        packages=if_needed(Packages, "packages"),
        evaluators=evaluators,
        key=key,
        network=network,
    )
    if_needed(Monitoring, "monitoring")
    if stage.pipeline is not None:
        part(
            PipelineStack,
            "pipeline",
            data=storage.data,
            output=storage.output,
            job_role=customization.role,
            key_policy=customization.policy,
            evaluators=evaluators,
            key=key,
            network=network,
        )
    if stage.scoring and spec.reward is not None:
        reached = reward and reward.function
        part(Scoring, "scoring", output=storage.output, reward=reached, key=key, network=network)
    if key is not None:
        cdk.Aspects.of(app).add(Encrypted(key))
    for name, value in _tags(settings).items():
        cdk.Tags.of(app).add(name, value)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def _tags(settings: Settings) -> dict[str, str]:
    """Whose everything is, and what the stage adds."""
    tags = {"nova-rft:project": settings.spec.project, "nova-rft:stage": settings.spec.stage}
    if settings.stage.removal == "destroy":
        # A change of the DeletionPolicy alone is no update for CloudFormation; of a tag too, it is one.
        tags["nova-rft:removal"] = "destroy"
    return {**tags, **settings.stage.tags}


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
