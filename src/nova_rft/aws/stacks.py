"""What the project's stacks made, read from their CloudFormation outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import FindingsError, UsageError
from nova_rft.spec import Need, Spec

# The tags that say whose a resource is.
_OURS: Final = "nova-rft:"


class NotDeployed(FindingsError):
    """A stack that the project needs is not there, or is not the one its spec describes."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """The names of what the stacks made; None for what the project's jobs do not need.

    Attributes:
        account: The account that the stacks are in.
        data_bucket: Where records lie.
        output_bucket: Where jobs write, and traces lie.
        reward_function: The reward Lambda's name.
        reward_version: The number of its last published version.
        reward_version_arn: That version.
        reward_digest: Digest of the reward that it computes.
        reward_log_group: Where it logs.
        job_role_arn: The role that the service assumes for a job.
        package_group_arn: The model package group, for serverless jobs.
        hub_name: The hub that evaluators are registered in, for serverless RFT.
        cluster_policy_arn: What the HyperPod cluster's execution role has to have attached.
        api_key_policy_arn: What the identity of the Bedrock API key has to have attached.
        kms_key_arn: The key of a teacher's answers, for distillation by recipe.
        storage_key_arn: The stage's key, by which jobs encrypt what they store, where it has one.
        subnets: Where jobs are put, where the stage has a network.
        security_groups: What they are in there.
        tags: What the stage puts on everything, beside whose it is.
        technique: What the roles were made for; None in stacks that do not say it yet.
        base_model: The same.
    """

    account: str
    data_bucket: str
    output_bucket: str
    reward_function: str | None = None
    reward_version: str | None = None
    reward_version_arn: str | None = None
    reward_digest: str | None = None
    reward_log_group: str | None = None
    job_role_arn: str | None = None
    package_group_arn: str | None = None
    hub_name: str | None = None
    cluster_policy_arn: str | None = None
    api_key_policy_arn: str | None = None
    kms_key_arn: str | None = None
    storage_key_arn: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    technique: str | None = None
    base_model: str | None = None


def deployment(aws: Aws, spec: Spec) -> Deployment:
    """Reads the outputs of the stacks that the project has.

    Raises:
        NotDeployed: a stack or an output is missing, or they are there for another backend.
        AwsRefused: AWS does not let the caller look.
    """
    stacks = {part: _stack(aws, spec.stack_name(part)) for part in spec.parts}
    storage = stacks["storage"]
    made = _Made(spec, {part: stack.outputs for part, stack in stacks.items()})
    backend = made.needed("customization", "Backend")
    if backend != spec.backend:
        raise NotDeployed(
            f"the stacks of {spec.project} ({spec.stage}) are there for jobs on {backend}, but the "
            f"spec's run on {spec.backend}; deploy again: `nova-rft deploy`"
        )
    role = (Need.SERVICE_ROLE, Need.EXECUTION_ROLE)
    encrypted = {Need.TEACHER, Need.EXECUTION_ROLE} <= set(spec.cell.needs)
    return Deployment(
        account=storage.account,
        data_bucket=made.needed("storage", "DataBucket"),
        output_bucket=made.needed("storage", "OutputBucket"),
        reward_function=made.reward("RewardFunctionName"),
        reward_version=made.reward("RewardVersion"),
        reward_version_arn=made.reward("RewardVersionArn"),
        reward_digest=made.reward("RewardDigest"),
        reward_log_group=made.reward("RewardLogGroup"),
        job_role_arn=made.for_need("customization", "JobRoleArn", *role),
        package_group_arn=made.for_need("packages", "PackageGroupArn", Need.PACKAGE_GROUP),
        hub_name=made.for_need("evaluators", "HubName", Need.EVALUATOR),
        cluster_policy_arn=made.for_need("customization", "ClusterPolicyArn", Need.CLUSTER),
        api_key_policy_arn=made.for_need("customization", "ApiKeyPolicyArn", Need.API_KEY),
        kms_key_arn=made.needed("customization", "KmsKeyArn") if encrypted else None,
        storage_key_arn=made.of_stage("StorageKeyArn"),
        subnets=_listed(made.of_stage("Subnets")),
        security_groups=_listed(made.of_stage("SecurityGroups")),
        tags={key: value for key, value in storage.tags.items() if not key.startswith(_OURS)},
        technique=made.of_stage("Technique"),
        base_model=made.of_stage("BaseModel"),
    )


def _listed(value: str | None) -> tuple[str, ...]:
    return tuple(value.split(",")) if value else ()


@dataclass(frozen=True, slots=True)
class _Made:
    """The outputs of a project's stacks, by part."""

    spec: Spec
    outputs: Mapping[str, Mapping[str, str]]

    def needed(self, part: str, name: str) -> str:
        try:
            return self.outputs[part][name]
        except KeyError:
            stack = self.spec.stack_name(part)
            raise NotDeployed(
                f"the stack {stack} lacks the output {name}; deploy again: `nova-rft deploy`"
            ) from None

    def for_need(self, part: str, name: str, *needs: Need) -> str | None:
        missing = set(needs).isdisjoint(self.spec.cell.needs)
        return None if missing else self.needed(part, name)

    def of_stage(self, name: str) -> str | None:
        """What need not be there."""
        return self.outputs["customization"].get(name)

    def reward(self, name: str) -> str | None:
        return self.needed("reward", name) if self.spec.cell.calls_reward else None


@dataclass(frozen=True, slots=True)
class _Stack:
    """One stack: the account that it is in, its outputs and its tags."""

    account: str
    outputs: Mapping[str, str]
    tags: Mapping[str, str]


def _stack(aws: Aws, name: str) -> _Stack:
    found = _describe(aws, name)
    if found is None:
        raise NotDeployed(
            f"the stack {name} does not exist in {aws.region}; deploy it first: `nova-rft deploy`"
        )
    return found


def _describe(aws: Aws, name: str) -> _Stack | None:
    with aws_errors():
        try:
            described = aws.client("cloudformation").describe_stacks(StackName=name)
        except ClientError as error:
            # CloudFormation has no code of its own for this.
            if "does not exist" not in str(error):
                raise
            return None
    stack = described["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
    return _Stack(stack["StackId"].split(":")[4], outputs, tags)


def outputs_of(aws: Aws, name: str) -> Mapping[str, str] | None:
    """A stack's outputs, or None where there is no such stack.

    Raises:
        AwsRefused: AWS does not let the caller look.
    """
    found = _describe(aws, name)
    return found.outputs if found else None


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a stack: its id in the template, its type, its own id, whether it would stay."""

    logical_id: str
    kind: str
    physical_id: str
    stays: bool


def project_stacks(aws: Aws, spec: Spec) -> list[str]:
    """Names of all stacks of a project and stage that are there, whatever its spec says now.

    Raises:
        AwsRefused: AWS does not let the caller look.
    """
    ours = {"nova-rft:project": spec.project, "nova-rft:stage": spec.stage}
    with aws_errors():
        pages = aws.client("cloudformation").get_paginator("describe_stacks").paginate()
        stacks = [stack for page in pages for stack in page["Stacks"]]
    return [
        stack["StackName"]
        for stack in stacks
        if ours.items() <= {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}.items()
    ]


def refuse_others(aws: Aws, spec: Spec) -> None:
    """Refuses to take the stacks of another project for those of this one.

    `a-b` in the stage `c` and `a` in the stage `b-c` would call their stacks alike.

    Raises:
        UsageError: they are another project's.
    """
    found = _describe(aws, spec.stack_name("storage"))
    if found is None:
        return
    whose = tuple(found.tags.get(f"{_OURS}{key}") for key in ("project", "stage"))
    if None not in whose and whose != (spec.project, spec.stage):
        raise UsageError(
            f"the stack {spec.stack_name('storage')} is of the project {whose[0]} in the stage "
            f"{whose[1]}, and this is {spec.project} in {spec.stage}; give one of them another name"
        )


def template(aws: Aws, name: str) -> dict[str, Any] | None:
    """The template of a stack as it is deployed, or None where there is no such stack.

    Raises:
        AwsRefused: AWS does not let the caller look.
    """
    with aws_errors():
        try:
            body: Any = aws.client("cloudformation").get_template(StackName=name)["TemplateBody"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            return None
    # botocore reads JSON, and hands YAML over as text; the CDK writes JSON.
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else dict(body)
    return found


def stack_resources(aws: Aws, name: str) -> list[Resource]:
    """What a stack consists of.

    Raises:
        AwsRefused: AWS does not let the caller look.
    """
    written = (template(aws, name) or {}).get("Resources", {})
    with aws_errors():
        pages = (
            aws.client("cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName=name)
        )
        found = [one for page in pages for one in page["StackResourceSummaries"]]
    return [
        Resource(
            one["LogicalResourceId"],
            one["ResourceType"],
            one.get("PhysicalResourceId", ""),
            written.get(one["LogicalResourceId"], {}).get("DeletionPolicy") == "Retain",
        )
        for one in found
        if one["ResourceStatus"] != "DELETE_COMPLETE"
    ]
