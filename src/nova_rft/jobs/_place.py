"""What a request needs beside the spec: what the stacks made, and where this job's files lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from nova_rft.errors import UsageError

Required = Literal[
    "reward_version_arn", "package_group_arn", "evaluator_arn", "recipe_uri", "hub_name"
]

_CALLED: Final[dict[Required, str]] = {
    "reward_version_arn": "a published reward Lambda",
    "package_group_arn": "a model package group",
    "evaluator_arn": "an evaluator in SageMaker's hub",
    "recipe_uri": "a recipe in S3",
    "hub_name": "a hub of SageMaker's for its evaluator",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one job runs.

    Attributes:
        region: The AWS region.
        account: The account.
        role_arn: The role that the service assumes.
        training_uri: Its training records, `s3://`.
        output_uri: Where it writes, `s3://`, with a slash at its end.
        records: Training records.
        validation_uri: Its validation records, where it has any.
        reward_version_arn: The published version of the reward Lambda that it is pinned to, for RFT.
        package_group_arn: The model package group, for serverless jobs.
        evaluator_arn: The hub content that names the reward Lambda, for serverless RFT.
        recipe_uri: Where its recipe lies, for jobs by recipe.
        hub_name: The hub that holds evaluators, for serverless RFT.
        kms_key_arn: The key that a teacher's answers are encrypted with, for distillation by recipe.
        storage_key_arn: The key that all that the job stores is encrypted with, where there is one.
        subnets: Where its network interfaces are, where it runs in a VPC.
        security_groups: What they are in.
        tags: The stage's own, which go on the job and on its model beside ours.
    """

    region: str
    account: str
    role_arn: str
    training_uri: str
    output_uri: str
    records: int
    validation_uri: str | None = None
    reward_version_arn: str | None = None
    package_group_arn: str | None = None
    evaluator_arn: str | None = None
    recipe_uri: str | None = None
    hub_name: str | None = None
    kms_key_arn: str | None = None
    storage_key_arn: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    def required(self, name: Required) -> str:
        """A field that this kind of job cannot do without.

        Raises:
            UsageError: it is not there.
        """
        value: str | None = getattr(self, name)
        if value is None:
            raise UsageError(
                f"the job needs {_CALLED[name]}, and its place names none; "
                "run nova-rft deploy, then submit"
            )
        return value
