"""What a job may do: statements for the role or policy that it runs with, each star with its reason.

Sources, all read 2026-11-25 and none checked against a live account: Bedrock User Guide, "Model
customization access and security"; SageMaker Developer Guide, "CreateTrainingJob API: Execution Role
Permissions", and "Prerequisites" of model customization (MLflow); Nova User Guide, "Amazon Nova
distillation"; the SageMaker Python SDK's `iam_policies.py`, which alone says action by action what a
serverless job's role needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from acknowledgements import acknowledge_resource, acknowledge_star
from given import Given
from judges import invoke_statements
from nova_rft.spec import IMAGE_REGIONS, JudgeModelSpec, Need, OpenAIJudge, Spec, aws_image
from settings import SettingsError

Holder = iam.Role | iam.ManagedPolicy | Given

_DATASETS: Final = "datasets/*"
_JOBS: Final = "jobs/*"
_LOG: Final = "/aws/sagemaker/TrainingJobs"
_MANAGED: Final = "BedrockManaged"
_OF_JOB: Final = "BedrockModelCustomizationJobArn"
_NAMED: Final = "Objects are named by their content or by their job, in this prefix alone."
_NO_RESOURCE: Final = "The action knows no resources."
_IMAGE: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)"
)


def allow(
    holder: Holder,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: dict[str, Any] | None = None,
    *,
    stars: str | None = None,
) -> None:
    """Adds a statement.

    Args:
        holder: The role, or the policy that somebody attaches to one.
        actions: What it may do.
        resources: On what.
        conditions: And when.
        stars: Why there are stars in the resources, where there are.
    """
    statement = iam.PolicyStatement(
        actions=list(actions), resources=list(resources), conditions=conditions
    )
    if isinstance(holder, iam.ManagedPolicy):
        holder.add_statements(statement)
    else:
        holder.add_to_policy(statement)
    for resource in resources:
        if stars and "*" in resource:
            acknowledge_resource(holder, resource, stars)


def trusted(
    stack: cdk.Stack, service: str, matches: str, source: str
) -> iam.PrincipalWithConditions:
    """A service of AWS, when it acts for this account, and for these of its resources.

    Args:
        stack: Of this account.
        service: Such as `bedrock.amazonaws.com`.
        matches: The test of the source: `ArnEquals` or `ArnLike`.
        source: The ARN of what it acts for; stars may stand in it.
    """
    return iam.PrincipalWithConditions(
        iam.ServicePrincipal(service),
        {
            "StringEquals": {"aws:SourceAccount": stack.account},
            matches: {"aws:SourceArn": source},
        },
    )


def allow_secrets(holder: Holder, models: Iterable[JudgeModelSpec]) -> None:
    """The secrets that models' keys are in, each by itself."""
    named = {one.api_key_secret for one in models if isinstance(one, OpenAIJudge)}
    for secret in sorted(one for one in named if one):
        allow(holder, ["secretsmanager:GetSecretValue"], [secret])


def allow_objects(
    holder: Holder, bucket: s3.IBucket, keys: str, actions: Sequence[str], why: str = _NAMED
) -> None:
    """Objects of another stack's bucket, below a prefix.

    Args:
        holder: The role, or the policy that somebody attaches to one.
        bucket: The bucket.
        keys: The prefix with its star, such as `jobs/*`.
        actions: What it may do with them.
        why: Why the star is right here.
    """
    allow(holder, actions, [bucket.arn_for_objects(keys)])
    acknowledge_star(holder, bucket, bucket.bucket_arn, f"/{keys}", why)


def allow_listing(holder: Holder, bucket: s3.IBucket, keys: str) -> None:
    """What is in a bucket below a prefix, named with its star."""
    prefix = {"StringLike": {"s3:prefix": keys}}
    allow(holder, ["s3:ListBucket"], [bucket.bucket_arn], prefix)


def allow_files(holder: Holder, data: s3.IBucket, output: s3.IBucket) -> None:
    """The records, and what lies under a job's own name: its spec, its recipe, its results."""
    for bucket, keys, actions in (
        (data, _DATASETS, ["s3:GetObject"]),
        (output, _JOBS, ["s3:GetObject", "s3:PutObject"]),
    ):
        allow_objects(holder, bucket, keys, actions)
        allow_listing(holder, bucket, keys)


def allow_source(holder: Holder, source: str) -> None:
    """What a job goes on from instead of the base model: a checkpoint in S3, or a model package.

    A custom model of Bedrock's asks for no right: AWS documents none of the service role's.
    """
    if ":model-package/" in source:
        allow(holder, ["sagemaker:DescribeModelPackage"], [source])
    if not source.startswith("s3://"):
        return
    bucket, _, key = source.removeprefix("s3://").rstrip("/").partition("/")
    arn = f"arn:{cdk.Stack.of(holder).partition}:s3:::{bucket}"
    why = "A checkpoint is many objects, under the prefix that the spec names."
    allow(holder, ["s3:GetObject"], [f"{arn}/{key}", f"{arn}/{key}/*"], stars=why)
    prefix = {"StringLike": {"s3:prefix": [key, f"{key}/*"]}}
    allow(holder, ["s3:ListBucket"], [arn], prefix)


def allow_reward(holder: Holder, reward: lambda_.IFunction) -> None:
    """The reward Lambda, at any published version."""
    allow(holder, ["lambda:InvokeFunction"], [f"{reward.function_arn}:*"])
    acknowledge_star(
        holder,
        reward,
        reward.function_arn,
        ":*",
        "A job is pinned to a published version; older jobs call older versions of this function.",
    )


def allow_log(holder: Holder) -> None:
    """The log and the metrics of SageMaker's training jobs."""
    stack = cdk.Stack.of(holder)
    log = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=_LOG,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    why = "SageMaker names the streams of a job by its instances, in this log group alone."
    # AWS documents the ARN of a group with and without what follows it; that of a stream, with.
    allow(holder, ["logs:CreateLogGroup", "logs:DescribeLogStreams"], [log, f"{log}:*"], stars=why)
    allow(holder, ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log}:*"], stars=why)
    allow(
        holder,
        ["cloudwatch:PutMetricData"],
        ["*"],
        {"StringEquals": {"cloudwatch:namespace": _LOG}},
        stars=_NO_RESOURCE,
    )


def allow_mlflow(holder: Holder, server: str) -> None:
    """The MLflow app, or tracking server, that a job's run is logged to."""
    logging = ["CreateExperiment", "CreateRun", "GetExperiment", "GetExperimentByName", "GetRun"]
    logging += ["LogBatch", "LogInputs", "LogMetric", "LogModel", "LogParam", "SetTag", "UpdateRun"]
    finding = ["CallMlflowAppApi", "DescribeMlflowApp"]
    if ":mlflow-app/" not in server:
        finding = ["DescribeMlflowTrackingServer"]
    actions = [f"sagemaker-mlflow:{action}" for action in logging]
    allow(holder, [*actions, *(f"sagemaker:{action}" for action in finding)], [server])


def allow_image(holder: Holder, spec: Spec) -> None:
    """The training image: the spec's, else AWS's.

    Raises:
        SettingsError: AWS is not known to have one in the region, or the spec's is not in Amazon ECR,
            where alone a role can be allowed to pull it.
    """
    stack = cdk.Stack.of(holder)
    own = spec.compute.image if spec.compute else None
    image = own or aws_image(spec.backend, spec.technique, spec.model, stack.region)
    if image is None:
        raise SettingsError(
            f"AWS is not known to have Nova's training images in {stack.region} (but in "
            f"{', '.join(IMAGE_REGIONS)}); choose one of these regions or name compute.image"
        )
    found = _IMAGE.match(image)
    if found is None:
        raise SettingsError(
            f"compute.image is {image}, which is not in Amazon ECR; name one that is, such as "
            "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG"
        )
    account, region, name = found["account"], found["region"], found["name"]
    arn = stack.format_arn(
        service="ecr", account=account, region=region, resource="repository", resource_name=name
    )
    pull = ["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"]
    allow(holder, [f"ecr:{action}" for action in pull], [arn])
    allow(holder, ["ecr:GetAuthorizationToken"], ["*"], stars=_NO_RESOURCE)


def allow_network(
    holder: Holder, subnets: Sequence[str], groups: Sequence[str], needs: Sequence[Need]
) -> None:
    """A job's network interfaces, in these subnets alone.

    Sources: Bedrock User Guide, "Protect your model customization jobs using a VPC"; SageMaker AI
    Developer Guide, "CreateTrainingJob API: Execution Role Permissions".
    """
    stack = cdk.Stack.of(holder)

    def ec2(resource: str, name: str) -> str:
        return stack.format_arn(service="ec2", resource=resource, resource_name=name)

    inside = {"ArnEquals": {"ec2:Subnet": [ec2("subnet", one) for one in subnets]}}
    places = [*inside["ArnEquals"]["ec2:Subnet"], *(ec2("security-group", one) for one in groups)]
    interfaces, why = ec2("network-interface", "*"), "The service names a job's interfaces."
    looking = ["DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs"]
    allow(holder, [f"ec2:Describe{what}" for what in looking], ["*"], stars=_NO_RESOURCE)
    allow(holder, ["ec2:CreateNetworkInterface"], places)
    asked: dict[str, Any] = {}
    if Need.SERVICE_ROLE in needs:
        asked, held = _by_bedrock(stack)
        inside = {"ArnEquals": {**inside["ArnEquals"], **held.pop("ArnEquals")}, **held}
        tagged = {
            "StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"},
            "ForAllValues:StringEquals": {"aws:TagKeys": [_MANAGED, _OF_JOB]},
        }
        allow(holder, ["ec2:CreateTags"], [interfaces], tagged, stars=why)
    allow(holder, ["ec2:CreateNetworkInterface"], [interfaces], asked or None, stars=why)
    permission = ["CreateNetworkInterfacePermission", "DeleteNetworkInterface"]
    permission += ["DeleteNetworkInterfacePermission"]
    allow(holder, [f"ec2:{action}" for action in permission], [interfaces], inside, stars=why)


def _by_bedrock(stack: cdk.Stack) -> tuple[dict[str, Any], dict[str, Any]]:
    """When Bedrock may make an interface, and when it may change one: by the tags that it puts on it."""
    jobs = stack.format_arn(
        service="bedrock", resource="model-customization-job", resource_name="*"
    )
    asked, held = (
        {
            "StringEquals": {f"{key}/{_MANAGED}": "true"},
            "ArnEquals": {f"{key}/{_OF_JOB}": jobs},
        }
        for key in ("aws:RequestTag", "ec2:ResourceTag")
    )
    return asked, held


def allow_batches(role: iam.Role | Given, teacher: str) -> None:
    """Batch inference of the teacher: the distillation image starts it, and passes this role on."""
    stack = cdk.Stack.of(role)
    jobs = batch_jobs(stack)
    models = [arn for each in invoke_statements(stack, teacher) for arn in each.resources]
    why = "Bedrock names a batch when it is created."
    allow(role, ["bedrock:CreateModelInvocationJob"], [*models, jobs], stars=why)
    follow = ["bedrock:GetModelInvocationJob", "bedrock:StopModelInvocationJob"]
    allow(role, follow, [jobs], stars=why)
    to_bedrock = {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}
    allow(role, ["iam:PassRole"], [role.role_arn], to_bedrock)


def batch_jobs(stack: cdk.Stack) -> str:
    """The batch inference jobs of this account and region."""
    return stack.format_arn(service="bedrock", resource="model-invocation-job", resource_name="*")
