"""What the pipeline's function may do: what its steps call, and on the project's own where that can be.

Each action is one that `nova_rft.aws` calls; none of it is checked against a live account.
"""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from judges import allow_model
from nova_rft.pipeline import asked_models
from nova_rft.spec import BedrockJudge, Spec
from rights import allow, allow_objects, allow_secrets

_NO_RESOURCE: Final = "The action knows no resources."
_NAMED_LATER: Final = "AWS names these when they are made, in this account and region alone."


def allow_steps(
    role: iam.Role, spec: Spec, *, data: s3.IBucket, output: s3.IBucket, job_role: iam.IRole | None
) -> None:
    """Everything that the steps need beside the table of runs.

    Args:
        role: The function's.
        spec: The project.
        data: Where records lie.
        output: Where jobs write, what was packed lies, and traces.
        job_role: What jobs run with; it is passed on to them.
    """
    _allow_stacks(role, spec)
    _allow_files(role, data, output)
    allow(role, ["cloudwatch:GetMetricData"], ["*"], stars=_NO_RESOURCE)
    if spec.backend == "bedrock":
        _allow_bedrock_jobs(role)
    elif spec.backend == "bedrock-openai":
        _allow_open_weight_jobs(role)
    else:
        _allow_sagemaker_jobs(role)
        if spec.backend == "sagemaker":
            _allow_hub(role)
    if spec.backend != "bedrock-openai":  # Open-weight models answer without a deployment.
        _allow_serving(role)
    if job_role is not None:
        services = ["bedrock.amazonaws.com", "sagemaker.amazonaws.com"]
        passed = {"StringEquals": {"iam:PassedToService": services}}
        allow(role, ["iam:PassRole"], [job_role.role_arn], passed)


def allow_starting(role: iam.Role, spec: Spec, *, output: s3.IBucket) -> None:
    """What starting a run needs beside the table, the state machine and the project itself."""
    _allow_stacks(role, spec)
    allow_objects(role, output, "pipelines/*", ["s3:GetObject", "s3:PutObject"])
    allow(role, ["s3:ListBucket"], [output.bucket_arn])
    if spec.backend == "bedrock-openai":
        _allow_key(role, "ListFiles", "ListFineTuningJobs", "GetFineTuningJob")
    elif spec.backend == "bedrock":
        jobs = [_bedrock(role, "model-customization-job")]
        follow = ["bedrock:GetModelCustomizationJob", "bedrock:ListTagsForResource"]
        allow(role, follow, jobs, stars=_NAMED_LATER)
    else:
        jobs = [_sagemaker(role, "training-job")]
        follow = ["sagemaker:DescribeTrainingJob", "sagemaker:ListTags"]
        allow(role, follow, jobs, stars=_NAMED_LATER)


def _allow_stacks(role: iam.Role, spec: Spec) -> None:
    stacks = cdk.Stack.of(role).format_arn(
        service="cloudformation", resource="stack", resource_name=f"{spec.stack_name('*')}/*"
    )
    why = "CloudFormation adds an id to the name of a stack; these are the project's own."
    allow(role, ["cloudformation:DescribeStacks"], [stacks], stars=why)


def _allow_files(role: iam.Role, data: s3.IBucket, output: s3.IBucket) -> None:
    for bucket, keys, actions in (
        (data, "datasets/*", ["s3:GetObject", "s3:PutObject"]),
        (output, "jobs/*", ["s3:GetObject", "s3:PutObject"]),
        (output, "pipelines/*", ["s3:GetObject"]),
        (output, "traces/*", ["s3:GetObject"]),
    ):
        allow_objects(role, bucket, keys, actions)
    # Without it S3 says of what is not there that it is forbidden.
    allow(role, ["s3:ListBucket"], [data.bucket_arn, output.bucket_arn])


def _allow_bedrock_jobs(role: iam.Role) -> None:
    made = [_bedrock(role, kind) for kind in ("custom-model", "model-customization-job")]
    base = _bedrock(role, "foundation-model", account="")
    # Going on from a custom model is creating on that model.
    allow(role, ["bedrock:CreateModelCustomizationJob"], [base, *made], stars=_NAMED_LATER)
    follow = ["GetModelCustomizationJob", "ListTagsForResource", "TagResource"]
    allow(role, [f"bedrock:{one}" for one in follow], made, stars=_NAMED_LATER)
    allow(role, ["bedrock:ListModelCustomizationJobs"], ["*"], stars=_NO_RESOURCE)


def _allow_sagemaker_jobs(role: iam.Role) -> None:
    jobs = [_sagemaker(role, "training-job")]
    actions = ["CreateTrainingJob", "DescribeTrainingJob", "AddTags", "ListTags"]
    allow(role, [f"sagemaker:{one}" for one in actions], jobs, stars=_NAMED_LATER)
    allow(role, ["sagemaker:ListTrainingJobs"], ["*"], stars=_NO_RESOURCE)
    log = cdk.Stack.of(role).format_arn(
        service="logs",
        resource="log-group",
        resource_name="/aws/sagemaker/TrainingJobs:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    # A job's figures are in its log.
    allow(role, ["logs:FilterLogEvents"], [log], stars="SageMaker names a job's streams.")


def _allow_hub(role: iam.Role) -> None:
    """Evaluators and model packages of serverless jobs."""
    hubs = [_sagemaker(role, "hub"), _sagemaker(role, "hub-content")]
    actions = ["DescribeHubContent", "ImportHubContent", "ListHubContentVersions"]
    allow(role, [f"sagemaker:{one}" for one in actions], hubs, stars=_NAMED_LATER)
    stack = cdk.Stack.of(role)
    public = f"arn:{stack.partition}:sagemaker:{stack.region}:aws:hub-content/*"
    allow(
        role,
        ["sagemaker:DescribeHubContent"],
        [public],
        stars="AWS's own public hub, which names its models itself.",
    )
    packages = [_sagemaker(role, "model-package"), _sagemaker(role, "model-package-group")]
    actions = ["DescribeModelPackage", "CreateModelPackage"]
    allow(role, [f"sagemaker:{one}" for one in actions], packages, stars=_NAMED_LATER)


def _allow_open_weight_jobs(role: iam.Role) -> None:
    """Files and jobs of the OpenAI-compatible API; of two jobs on one file one is cancelled."""
    files = ["CreateFile", "ListFiles"]
    jobs = ["CreateFineTuningJob", "GetFineTuningJob", "ListFineTuningJobs", "CancelFineTuningJob"]
    _allow_key(role, *files, *jobs)


def _allow_key(role: iam.Role, *actions: str) -> None:
    """Calls by a key that is made of the role's credentials."""
    stack = cdk.Stack.of(role)
    project = stack.format_arn(
        service="bedrock-mantle", resource="project", resource_name="default"
    )
    allow(role, ["bedrock-mantle:CallWithBearerToken"], ["*"], stars=_NO_RESOURCE)
    allow(role, [f"bedrock-mantle:{action}" for action in actions], [project])


def allow_evaluating(role: iam.Role, spec: Spec, *, output: s3.IBucket) -> None:
    """What comparing the trained model with the base needs beside having it deployed.

    Args:
        role: The function's.
        spec: The project.
        output: Where answers and verdicts are kept.
    """
    allow_objects(role, output, "evaluations/*", ["s3:GetObject", "s3:PutObject"])
    trained = _bedrock(role, "custom-model-deployment")
    allow(role, ["bedrock:InvokeModel"], [trained], stars=_NAMED_LATER)
    asked = list(asked_models(spec, cdk.Stack.of(role).region))
    for model in sorted({one.id for one in asked if isinstance(one, BedrockJudge)}):
        allow_model(role, model)
    allow_secrets(role, asked)


def _allow_serving(role: iam.Role) -> None:
    models = [_bedrock(role, "custom-model"), _bedrock(role, "custom-model-deployment")]
    actions = ["CreateCustomModel", "GetCustomModel", "CreateCustomModelDeployment"]
    actions += ["GetCustomModelDeployment", "TagResource"]
    allow(role, [f"bedrock:{one}" for one in actions], models, stars=_NAMED_LATER)


def _bedrock(role: iam.Role, kind: str, *, account: str | None = None) -> str:
    stack = cdk.Stack.of(role)
    return stack.format_arn(service="bedrock", account=account, resource=kind, resource_name="*")


def _sagemaker(role: iam.Role, kind: str) -> str:
    stack = cdk.Stack.of(role)
    return stack.format_arn(service="sagemaker", resource=kind, resource_name="*")
