"""Grants that only the real AWS exercises, each with the page that asks for it.

What the embedded AWS does not do (it pulls no image, puts nothing into a network, encrypts nothing,
delivers no log of a state machine) it cannot miss a right for. A grant that fails nothing when it is
taken away, and is not here, goes. None of it is checked against a live account. Pages marked with
`_UNSEEN` are cited from memory: they exist under that title, and their text was not at hand when this
was written.
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
        effect: Whether it allows or denies.
    """

    actions: str
    resource: str
    why: str
    page: str
    backend: str = "*"
    effect: str = "Allow"

    def means(self, grant: Grant, backend: str) -> bool:
        """Whether it is one of these."""
        return (
            grant.effect == self.effect
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
_UNSEEN: Final = " (from memory)"
_LOG_DELIVERY: Final = (
    "Step Functions Developer Guide, “Using CloudWatch Logs to log execution history in Step "
    "Functions”"
)
_TRACES: Final = (
    "Step Functions Developer Guide, “Trace Step Functions request data in AWS X-Ray”, “IAM policies "
    "for AWS X-Ray”"
)
_MAP: Final = "Step Functions Developer Guide, “IAM policies for using Distributed Map states”"
_KEY: Final = (
    "SNS Developer Guide, “Managing Amazon SNS encryption keys and costs”; Step Functions Developer "
    "Guide, “Data at rest encryption in Step Functions”; Bedrock User Guide, “Encryption of model "
    "customization jobs and artifacts”; and from memory: S3 User Guide, “Using server-side "
    "encryption with AWS KMS keys”, SQS Developer Guide, “Key management”, Lambda Developer Guide, "
    "“Securing Lambda environment variables”"
)
_KEY_OF_TABLE: Final = (
    "DynamoDB Developer Guide, “Authorizing use of a customer managed key”" + _UNSEEN
)
_INTERFACES: Final = (
    "Bedrock User Guide, “Protect your model customization jobs using a VPC”; " + _ROLE
)
_PLACED: Final = (
    "ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface "
    "ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:UnassignPrivateIpAddresses"
)
_LOOKS: Final = "The service looks at the place before it reads or writes."
_RESOLVES: Final = "SageMaker resolves the hub before it reads of it."

# What a stage asks for that the proof deploys nothing of: a key, a network.
OF_STAGES: Final = (
    Asked("kms:Decrypt kms:GenerateDataKey", "STAGE-KEY", "What is stored is encrypted.", _KEY),
    Asked(
        "kms:CreateGrant",
        "STAGE-KEY",
        "Bedrock goes on using the key for the model that it encrypts with it.",
        "Nova User Guide, “Encryption of Amazon Nova model customization jobs and artifacts”",
        "bedrock",
    ),
    Asked(
        "kms:DescribeKey kms:Encrypt kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom "
        "kms:ReEncryptTo",
        "STAGE-KEY",
        "DynamoDB encrypts a table in the name of whoever reads and writes it.",
        _KEY_OF_TABLE,
    ),
    Asked(
        "ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups "
        "ec2:DescribeSubnets ec2:DescribeVpcs",
        "[*]",
        "The service looks where a job's interfaces go.",
        _INTERFACES,
    ),
    Asked(
        "ec2:CreateNetworkInterface",
        "arn:aws:ec2:REGION:ACCOUNT:*",
        "The service puts a job into the stage's subnets and groups.",
        _INTERFACES,
    ),
    Asked(
        "ec2:CreateNetworkInterfacePermission ec2:CreateTags ec2:DeleteNetworkInterface "
        "ec2:DeleteNetworkInterfacePermission",
        "arn:aws:ec2:REGION:ACCOUNT:network-interface/[*]",
        "The service tags and takes away the interfaces that it made.",
        _INTERFACES,
    ),
    Asked(
        _PLACED,
        "[*]",
        "Lambda puts a function into the stage's subnets and groups.",
        _VPC,
    ),
    Asked(
        _PLACED,
        "[*]",
        "What Lambda is allowed for a function, the function's own code is denied.",
        _VPC,
        effect="Deny",
    ),
    Asked(
        "logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents",
        "LOG",
        "The VPC's flow log is written.",
        "VPC User Guide, “IAM role for publishing flow logs to CloudWatch Logs”",
        "flow log",
    ),
)

ONLY_AWS: Final = (
    *OF_STAGES,
    Asked(
        "logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups "
        "logs:DescribeResourcePolicies logs:GetLogDelivery logs:ListLogDeliveries "
        "logs:PutResourcePolicy logs:UpdateLogDelivery",
        "[*]",
        "The machine's log is delivered.",
        _LOG_DELIVERY,
    ),
    Asked(
        "xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords "
        "xray:PutTraceSegments",
        "[*]",
        "The machine's traces are sent.",
        _TRACES,
    ),
    Asked(
        "states:DescribeExecution states:StopExecution",
        "arn:aws:states:REGION:ACCOUNT:execution:PROJECT-scoring[:/][*]",
        "A map follows its children, and stops them with itself.",
        _MAP,
        "scoring",
    ),
    Asked(
        "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts",
        "OUTPUT/scoring/results/[*]",
        "What a map's children said is written in parts, and read again.",
        _MAP,
        "scoring",
    ),
    Asked(
        "sqs:SendMessage",
        "LETTERS",
        "Lambda sends on what the function has failed at, in its role.",
        "Lambda Developer Guide, “Capturing records of Lambda asynchronous invocations”",
    ),
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
