"""Grants that only the real AWS exercises, each with the page that asks for it.

What the embedded AWS does not do (it pulls no image, puts nothing into a network, logs to no MLflow) it
cannot miss a right for. A grant that fails nothing when it is taken away, and is not here, goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from tests.iam.grants import Grant


@dataclass(frozen=True)
class Asked:
    """Grants of some actions on resources of a pattern, why they are there and who asks for them.

    Attributes:
        actions: Their names, with blanks between them.
        resource: With plain names for ours.
        why: What needs them.
        page: Where AWS says so.
        backend: Whose jobs' role.
    """

    actions: str
    resource: str
    why: str
    page: str
    backend: str = "*"

    def means(self, grant: Grant, backend: str) -> bool:
        """Whether it is one of these."""
        return (
            grant.effect == "Allow"
            and fnmatchcase(backend, self.backend)
            and grant.action in self.actions.split()
            and fnmatchcase(grant.resource, self.resource)
        )


_BEDROCK: Final = "Bedrock User Guide, “Create an IAM service role for model customization”"
_DISTILLATION: Final = "Nova User Guide, “Amazon Nova distillation”"
_ROLE: Final = "SageMaker Developer Guide, “CreateTrainingJob API: Execution Role Permissions”"
_MANAGED: Final = "AWS Managed Policy Reference, AmazonSageMakerJobFullAccess"
_SDK: Final = "SageMaker Python SDK 3.27.0, `sagemaker/core/helper/iam_policies.py`"
_VPC: Final = (
    "Lambda Developer Guide, “Giving Lambda functions access to resources in an Amazon VPC”"
)
_LOOKS: Final = "The service looks at the place before it reads or writes."
_RESOLVES: Final = "SageMaker resolves the hub before it reads of it."

ONLY_AWS: Final = (
    Asked(
        "bedrock:CreateModelInvocationJob bedrock:InvokeModel",
        "arn:aws:bedrock:us-west-1::foundation-model/*",
        "Where a profile routes to differs by model; of this region it is not known.",
        "Bedrock User Guide, “Prerequisites for inference profiles”",
    ),
    Asked(
        "bedrock:StopModelInvocationJob",
        "*",
        "The image stops its batch when the job is stopped.",
        _DISTILLATION,
    ),
    Asked(
        "cloudwatch:PutMetricData",
        "*",
        "SageMaker publishes the metrics that an image logs.",
        _ROLE,
    ),
    Asked(
        "ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface "
        "ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:UnassignPrivateIpAddresses",
        "*",
        "Lambda puts the function into its VPC.",
        _VPC,
    ),
    Asked(
        "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetAuthorizationToken "
        "ecr:GetDownloadUrlForLayer",
        "*",
        "SageMaker pulls the training image.",
        _ROLE,
    ),
    Asked("kms:Decrypt kms:DescribeKey", "KEY", "What was encrypted is read.", _DISTILLATION),
    Asked(
        "logs:CreateLogGroup logs:DescribeLogStreams",
        "arn:aws:logs:*:log-group:/aws/sagemaker/TrainingJobs",
        "The reference has a group's ARN without what follows it here.",
        "Service Authorization Reference, “Amazon CloudWatch Logs”",
    ),
    Asked(
        "logs:DescribeLogStreams",
        "arn:aws:logs:*:log-group:/aws/sagemaker/TrainingJobs:*",
        "SageMaker looks for a stream before it makes one.",
        _ROLE,
    ),
    Asked("s3:ListBucket", "DATA", _LOOKS, _BEDROCK, "bedrock"),
    Asked("s3:GetObject", "OUTPUT/jobs/*", _LOOKS, _BEDROCK, "bedrock"),
    Asked("s3:ListBucket", "OUTPUT", _LOOKS, _BEDROCK, "bedrock"),
    Asked("s3:GetObject s3:PutObject", "OUTPUT/jobs/*", "Results are kept.", _MANAGED, "sagemaker"),
    Asked("s3:ListBucket", "OUTPUT", _LOOKS, _MANAGED, "sagemaker"),
    Asked("sagemaker:DescribeHub sagemaker:ListHubContents", "*", _RESOLVES, _SDK),
    Asked(
        "sagemaker:DescribeModelPackage sagemaker:DescribeModelPackageGroup",
        "*",
        "SageMaker looks at the group before it adds to it.",
        _MANAGED,
    ),
    Asked(
        "sagemaker:ListModelPackages sagemaker:UpdateModelPackage",
        "*",
        "SageMaker numbers the group's packages, and changes the one that it made.",
        _SDK,
    ),
    # No service asks for it: the product does, where two were faster than each other.
    Asked(
        "bedrock-mantle:CancelFineTuningJob",
        "*",
        "Of two jobs that were made at once on one file the younger is cancelled.",
        "docs/decisions/0002-submitting-once.md",
        "bedrock-openai",
    ),
)


def asked_by_aws(grant: Grant, backend: str) -> Asked | None:
    """Who asks for a grant that nothing here exercises; None where nobody is known to."""
    return next((one for one in ONLY_AWS if one.means(grant, backend)), None)
