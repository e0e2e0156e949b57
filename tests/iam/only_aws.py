"""Grants that only the real AWS exercises, each with the page that asks for it.

What the embedded AWS does not do (it pulls no image, routes no call to another region, logs to no
MLflow) it cannot miss a right for. A grant that fails nothing when it is taken away, and is not here,
goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from tests.iam.grants import Grant

_MANAGED: Final = (
    "AWS Managed Policy Reference, AmazonSageMakerJobFullAccess; SageMaker Python SDK 3.27.0, "
    "`sagemaker/core/helper/iam_policies.py`"
)
_SDK: Final = "SageMaker Python SDK 3.27.0, `sagemaker/core/helper/iam_policies.py`"
_BEDROCK: Final = "Bedrock User Guide, “Create an IAM service role for model customization”"


@dataclass(frozen=True)
class Asked:
    """A grant by patterns of its action and resource (plain names for ours), and who asks for it."""

    action: str
    resource: str
    why: str
    page: str
    backend: str = "*"

    def means(self, grant: Grant, backend: str) -> bool:
        """Whether it is this one."""
        return (
            fnmatchcase(backend, self.backend)
            and fnmatchcase(grant.action, self.action)
            and fnmatchcase(grant.resource, self.resource)
        )


ONLY_AWS: Final = (
    Asked(
        "bedrock:*Invo*",
        "arn:aws:bedrock:us-west-1::foundation-model/*",
        "Which regions a profile routes to is Bedrock's to say, and differs by model.",
        "Bedrock User Guide, “Prerequisites for inference profiles”",
    ),
    Asked(
        "bedrock:StopModelInvocationJob",
        "*",
        "The image stops its batch when the job is stopped.",
        "Nova User Guide, “Amazon Nova distillation”",
    ),
    Asked(
        "cloudwatch:PutMetricData",
        "*",
        "SageMaker publishes the image's metrics and the instances' use.",
        "SageMaker Developer Guide, “CreateTrainingJob API: Execution Role Permissions”",
    ),
    Asked(
        "ec2:*",
        "*",
        "Lambda puts the function into its VPC.",
        "Lambda Developer Guide, “Giving Lambda functions access to resources in an Amazon VPC”",
    ),
    Asked(
        "ecr:*",
        "*",
        "SageMaker pulls the training image.",
        "SageMaker Developer Guide, “CreateTrainingJob API: Execution Role Permissions”",
    ),
    Asked(
        "kms:*",
        "*",
        "Bedrock and SageMaker read again what they encrypted, and look at the key.",
        "Nova User Guide, “Amazon Nova distillation”",
    ),
    Asked(
        "logs:DescribeLogStreams",
        "*",
        "SageMaker looks for a stream before it makes one.",
        _MANAGED,
    ),
    Asked(
        "logs:*",
        "arn:aws:logs:*:log-group:/aws/sagemaker/TrainingJobs",
        "Of CreateLogGroup and DescribeLogStreams AWS documents the group's ARN in both forms.",
        "Service Authorization Reference, “Amazon CloudWatch Logs”",
    ),
    Asked(
        "s3:GetObject",
        "OUTPUT/jobs/*",
        "The service reads again what it wrote.",
        _BEDROCK,
        "bedrock",
    ),
    Asked(
        "s3:ListBucket",
        "OUTPUT",
        "The service looks at the place before it writes.",
        _BEDROCK,
        "bedrock",
    ),
    Asked(
        "s3:GetObject",
        "OUTPUT/jobs/*",
        "The service reads again what it wrote.",
        _MANAGED,
        "sagemaker",
    ),
    Asked(
        "s3:PutObject", "OUTPUT/jobs/*", "Manifests and metrics are written.", _MANAGED, "sagemaker"
    ),
    Asked(
        "s3:ListBucket",
        "OUTPUT",
        "The service looks at the place before it writes.",
        _MANAGED,
        "sagemaker",
    ),
    Asked("sagemaker:DescribeHub", "*", "SageMaker resolves the hub before it reads of it.", _SDK),
    Asked(
        "sagemaker:ListHubContents", "*", "SageMaker resolves the hub before it reads of it.", _SDK
    ),
    Asked(
        "sagemaker:*Model*Package*",
        "*",
        "SageMaker looks at the group and numbers its packages.",
        _MANAGED,
    ),
    Asked(
        "sagemaker-mlflow:*",
        "*",
        "The image logs its run.",
        "SageMaker Developer Guide, “Prerequisites” of model customization",
    ),
)


def asked_by_aws(grant: Grant, backend: str) -> Asked | None:
    """Who asks for a grant that nothing here exercises; None where nobody is known to."""
    return next((one for one in ONLY_AWS if one.means(grant, backend)), None)
