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
from rights import allow, allow_listing, allow_objects, allow_secrets

# A job's name goes on with twelve digits of its digest and its attempt (`nova_rft.jobs.Identity`): of a
# stage whose name goes on from this one's the dash stands elsewhere.
_OF_JOB: Final = f"{'?' * 12}-*"
_OWN_JOBS: Final = "Jobs are named by what they are made of; these are the stage's own."
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
    _allow_files(role, spec, data, output)
    services = ["bedrock.amazonaws.com"]
    if spec.backend == "bedrock":
        _allow_bedrock_jobs(role, spec)
    elif spec.backend == "bedrock-openai":
        _allow_open_weight_jobs(role)
    else:
        _allow_sagemaker_jobs(role, spec)
        _allow_import(role)
        services.append("sagemaker.amazonaws.com")
    if spec.cell.calls_reward:
        _allow_looking_at_reward(role, spec, output)
    if spec.backend != "bedrock-openai":  # Open-weight models answer without a deployment.
        _allow_serving(role)
    if job_role is not None:
        passed = {"StringEquals": {"iam:PassedToService": services}}
        allow(role, ["iam:PassRole"], [job_role.role_arn], passed)


def allow_starting(role: iam.Role, spec: Spec, *, output: s3.IBucket) -> None:
    """What starting a run needs beside the table, the state machine and the project itself."""
    _allow_stacks(role, spec)
    allow_objects(role, output, "pipelines/*", ["s3:PutObject"])
    allow_listing(role, output, "pipelines/*")
    if spec.backend == "bedrock-openai":
        _allow_key(role, "ListFiles", "ListFineTuningJobs", "GetFineTuningJob")
    elif spec.backend == "bedrock":
        jobs = [_bedrock(role, "model-customization-job")]
        follow = ["bedrock:GetModelCustomizationJob", "bedrock:ListTagsForResource"]
        allow(role, follow, jobs, stars=_NAMED_LATER)
    else:
        follow = ["sagemaker:DescribeTrainingJob", "sagemaker:ListTags"]
        allow(role, follow, [_training_jobs(role, spec)], stars=_OWN_JOBS)


def _allow_stacks(role: iam.Role, spec: Spec) -> None:
    stacks = [
        cdk.Stack.of(role).format_arn(
            service="cloudformation", resource="stack", resource_name=f"{spec.stack_name(part)}/*"
        )
        for part in spec.parts
    ]
    why = "CloudFormation adds an id to the name of a stack; these are the spec's own."
    allow(role, ["cloudformation:DescribeStacks"], stacks, stars=why)


def _allow_files(role: iam.Role, spec: Spec, data: s3.IBucket, output: s3.IBucket) -> None:
    # A job's figures lie in its output on Bedrock alone.
    figures = ["s3:GetObject"] if spec.backend == "bedrock" else []
    for bucket, keys, actions in (
        (data, "datasets/*", ["s3:PutObject"]),
        (output, "jobs/*", [*figures, "s3:PutObject"]),
        (output, "pipelines/*", ["s3:GetObject"]),
    ):
        allow_objects(role, bucket, keys, actions)
    # What is there already is not sent again.
    allow_listing(role, data, "datasets/*")
    if figures:
        allow_listing(role, output, "jobs/*")


def _allow_bedrock_jobs(role: iam.Role, spec: Spec) -> None:
    model, job = (_bedrock(role, kind) for kind in ("custom-model", "model-customization-job"))
    base = cdk.Stack.of(role).format_arn(
        service="bedrock", account="", resource="foundation-model", resource_name=spec.model
    )
    # Going on from a custom model is creating on that model.
    allow(role, ["bedrock:CreateModelCustomizationJob"], [base, model], stars=_NAMED_LATER)
    follow = ["bedrock:GetModelCustomizationJob", "bedrock:ListTagsForResource"]
    allow(role, follow, [job], stars=_NAMED_LATER)
    allow(role, ["bedrock:TagResource"], [model, job], stars=_NAMED_LATER)


def _allow_sagemaker_jobs(role: iam.Role, spec: Spec) -> None:
    jobs = [_training_jobs(role, spec)]
    actions = ["CreateTrainingJob", "DescribeTrainingJob", "AddTags", "ListTags"]
    allow(role, [f"sagemaker:{one}" for one in actions], jobs, stars=_OWN_JOBS)
    # A job's figures are in its log.
    log = cdk.Stack.of(role).format_arn(
        service="logs",
        resource="log-group",
        resource_name="/aws/sagemaker/TrainingJobs:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    why = "The one log group of all training jobs; IAM knows its ARN with a star."
    allow(role, ["logs:FilterLogEvents"], [log], stars=why)


def _allow_looking_at_reward(role: iam.Role, spec: Spec, output: s3.IBucket) -> None:
    """What the reward told while a job ran, and which other jobs it told of."""
    allow_objects(role, output, "traces/*", ["s3:GetObject"])
    allow_listing(role, output, "traces/*")
    allow(role, ["cloudwatch:GetMetricData"], ["*"], stars=_NO_RESOURCE)
    if spec.backend == "bedrock":
        allow(role, ["bedrock:ListModelCustomizationJobs"], ["*"], stars=_NO_RESOURCE)
    elif spec.backend != "bedrock-openai":  # Whose jobs are listed with what follows one.
        allow(role, ["sagemaker:ListTrainingJobs"], ["*"], stars=_NO_RESOURCE)


def _allow_import(role: iam.Role) -> None:
    """A model that SageMaker trained, made one of Bedrock's."""
    allow(role, ["bedrock:CreateCustomModel"], ["*"], stars=_NO_RESOURCE)
    allow(role, ["bedrock:GetCustomModel"], [_bedrock(role, "custom-model")], stars=_NAMED_LATER)


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
    allow_listing(role, output, "evaluations/*")
    trained = _bedrock(role, "custom-model-deployment")
    allow(role, ["bedrock:InvokeModel"], [trained], stars=_NAMED_LATER)
    asked = list(asked_models(spec, cdk.Stack.of(role).region))
    for model in sorted({one.id for one in asked if isinstance(one, BedrockJudge)}):
        allow_model(role, model)
    allow_secrets(role, asked)


def _allow_serving(role: iam.Role) -> None:
    model = _bedrock(role, "custom-model")
    allow(role, ["bedrock:CreateCustomModelDeployment"], [model], stars=_NAMED_LATER)
    deployments = [_bedrock(role, "custom-model-deployment")]
    actions = ["bedrock:GetCustomModelDeployment", "bedrock:TagResource"]
    allow(role, actions, deployments, stars=_NAMED_LATER)


def _bedrock(role: iam.Role, kind: str) -> str:
    return cdk.Stack.of(role).format_arn(service="bedrock", resource=kind, resource_name="*")


def _training_jobs(role: iam.Role, spec: Spec) -> str:
    return cdk.Stack.of(role).format_arn(
        service="sagemaker", resource="training-job", resource_name=spec.stack_name(_OF_JOB)
    )
