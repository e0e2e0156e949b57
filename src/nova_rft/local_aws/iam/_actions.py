"""Which IAM actions a call needs, on which resources: one table.

(AWS Service Authorization Reference, the pages of each service, read 2026-11-26; where error messages
of AWS are known to name the resource otherwise, as those of CloudWatch Logs, as they do.) What is not
in it, no role and no user may call: a row is quickly added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final
from urllib.parse import unquote

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeDeleteMarker

from nova_rft.local_aws.iam._calls import ApiCall
from nova_rft.local_aws.iam._models import invoked_models


@dataclass(frozen=True, slots=True)
class Needed:
    """An action on one resource, and the condition keys that come with it."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


# What one call needs; nothing where anybody may make it.
Needs = Callable[[ApiCall], Iterator[Needed]]


def _on(action: str, *resources: str, **context: str) -> Needs:
    """An action on resources.

    Args:
        action: Such as `s3:GetObject`.
        resources: ARNs with members of the request in braces, `*` where the action knows none. An ARN
            that stands in such a member is the resource itself.
        context: Condition keys (`s3_prefix` for `s3:prefix`) and the members that hold their values.
    """

    def needs(call: ApiCall) -> Iterator[Needed]:
        keys = {key.replace("_", ":", 1): member for key, member in context.items()}
        values = {
            key: str(call.parameters[member])
            for key, member in keys.items()
            if member in call.parameters
        }
        for resource in resources or ("*",):
            yield Needed(action, _filled(resource, call), values)

    return needs


def _filled(template: str, call: ApiCall) -> str:
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    members = [name for name in names if name not in ("region", "account")]
    values = {name: str(call.parameters.get(name, "")) for name in members}
    # A key of S3 may look like an ARN, and is none.
    if len(members) == 1 and "{Bucket}" not in template:
        given = values[members[0]]
        if given.startswith("arn:"):
            return given
    return template.format(region=call.region, account=DEFAULT_ACCOUNT_ID, **values)


def _all(*each: Needs) -> Needs:
    def needs(call: ApiCall) -> Iterator[Needed]:
        for one in each:
            yield from one(call)

    return needs


def _passing(member: str, service: str) -> Needs:
    """The right to pass a role on, where the request names one."""

    def needs(call: ApiCall) -> Iterator[Needed]:
        if role := call.parameters.get(member):
            yield Needed("iam:PassRole", str(role), {"iam:PassedToService": service})

    return needs


def _nothing(_: ApiCall) -> Iterator[Needed]:
    return iter(())


def _function(action: str) -> Needs:
    """On a function, at the version or alias that the request names."""

    def needs(call: ApiCall) -> Iterator[Needed]:
        name = str(call.parameters["FunctionName"])
        qualifier = call.parameters.get("Qualifier")
        start = f"arn:aws:lambda:{call.region}:{DEFAULT_ACCOUNT_ID}:function:"
        arn = name if name.startswith("arn:") else f"{start}{name.rpartition('function:')[2]}"
        yield Needed(action, f"{arn}:{qualifier}" if qualifier else arn)

    return needs


def _read(call: ApiCall) -> Iterator[Needed]:
    """An object; that there is none is told to those alone who may list its bucket.

    (S3 API Reference, GetObject and HeadObject, "Permissions".) Such a call has no `s3:prefix`.
    """
    yield from _on("s3:GetObject", _OBJECT)(call)
    if not _is_there(str(call.parameters["Bucket"]), str(call.parameters["Key"])):
        yield from _on("s3:ListBucket", _BUCKET)(call)


def _is_there(bucket: str, key: str) -> bool:
    known = get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(bucket)
    if known is None:
        return True  # Of a bucket that is not there S3 says so itself.
    found = known.keys.get(key)
    return found is not None and not isinstance(found, FakeDeleteMarker)


def _copied(call: ApiCall) -> Iterator[Needed]:
    named = re.sub(r"\?versionId=.*", "", str(call.parameters["CopySource"]))
    source = unquote(named).lstrip("/")
    yield Needed("s3:GetObject", f"arn:aws:s3:::{source}")
    yield from _on("s3:PutObject", _OBJECT)(call)


def _queue(action: str) -> Needs:
    """On a queue, by the address that the request names it by."""

    def needs(call: ApiCall) -> Iterator[Needed]:
        account, name = str(call.parameters["QueueUrl"]).split("/")[-2:]
        yield Needed(action, f"arn:aws:sqs:{call.region}:{account}:{name}")

    return needs


def _invoked(action: str) -> Needs:
    def needs(call: ApiCall) -> Iterator[Needed]:
        for model, profile in invoked_models(str(call.parameters["modelId"]), call.region):
            keys = {"bedrock:InferenceProfileArn": profile} if profile else {}
            yield Needed(action, model, keys)

    return needs


def _tagged(call: ApiCall) -> Iterator[Needed]:
    if call.parameters.get("Tags"):
        yield from _on("sagemaker:AddTags", f"{_SAGEMAKER}:training-job/{{TrainingJobName}}")(call)


def _tagging(members: Mapping[str, str]) -> Needs:
    """Tags that what a call makes is given at once.

    Args:
        members: By the members of the request that hold tags, the ARN of what has them then.
    """

    def needs(call: ApiCall) -> Iterator[Needed]:
        for member, made in members.items():
            if call.parameters.get(member):
                yield from _on("bedrock:TagResource", made)(call)

    return needs


_BUCKET: Final = "arn:aws:s3:::{Bucket}"
_OBJECT: Final = "arn:aws:s3:::{Bucket}/{Key}"
_TABLE: Final = "arn:aws:dynamodb:{region}:{account}:table/{TableName}"
_BEDROCK: Final = "arn:aws:bedrock:{region}:{account}"
_JOB: Final = f"{_BEDROCK}:model-customization-job/{{jobIdentifier}}"
_BATCH: Final = f"{_BEDROCK}:model-invocation-job/{{jobIdentifier}}"
_FOUNDATION: Final = "arn:aws:bedrock:{region}::foundation-model/"
_DEPLOYED: Final = f"{_BEDROCK}:custom-model-deployment/{{customModelDeploymentIdentifier}}"
_SAGEMAKER: Final = "arn:aws:sagemaker:{region}:{account}"
_TRAINING: Final = f"{_SAGEMAKER}:training-job/{{TrainingJobName}}"
_HUB_CONTENT: Final = (
    f"{_SAGEMAKER}:hub-content/{{HubName}}/{{HubContentType}}/{{HubContentName}}/*"
)
_GROUP: Final = "arn:aws:logs:{region}:{account}:log-group:{logGroupName}:log-stream:"
_STACK: Final = "arn:aws:cloudformation:{region}:{account}:stack/{StackName}/*"
_STATES: Final = "arn:aws:states:{region}:{account}"

# By the client's name in botocore and the operation's in its model.
ACTIONS: Final[Mapping[str, Needs]] = {
    "bedrock-runtime.Converse": _invoked("bedrock:InvokeModel"),
    "bedrock-runtime.ConverseStream": _invoked("bedrock:InvokeModelWithResponseStream"),
    "bedrock-runtime.InvokeModel": _invoked("bedrock:InvokeModel"),
    "bedrock.CreateCustomModel": _all(
        _on("bedrock:CreateCustomModel"),
        _passing("roleArn", "bedrock.amazonaws.com"),
    ),
    "bedrock.CreateCustomModelDeployment": _all(
        _on("bedrock:CreateCustomModelDeployment", "{modelArn}"),
        _tagging({"tags": f"{_BEDROCK}:custom-model-deployment/*"}),
    ),
    "bedrock.CreateModelCustomizationJob": _all(
        _on(
            "bedrock:CreateModelCustomizationJob",
            f"{_FOUNDATION}{{baseModelIdentifier}}",
            f"{_BEDROCK}:custom-model/*",
        ),
        _tagging(
            {
                "jobTags": f"{_BEDROCK}:model-customization-job/*",
                "customModelTags": f"{_BEDROCK}:custom-model/*",
            }
        ),
        _passing("roleArn", "bedrock.amazonaws.com"),
    ),
    "bedrock.CreateModelInvocationJob": _all(
        _on(
            "bedrock:CreateModelInvocationJob",
            f"{_FOUNDATION}{{modelId}}",
            f"{_BEDROCK}:model-invocation-job/*",
        ),
        _passing("roleArn", "bedrock.amazonaws.com"),
    ),
    "bedrock.DeleteCustomModelDeployment": _on("bedrock:DeleteCustomModelDeployment", _DEPLOYED),
    "bedrock.GetCustomModel": _on(
        "bedrock:GetCustomModel", f"{_BEDROCK}:custom-model/{{modelIdentifier}}"
    ),
    "bedrock.GetCustomModelDeployment": _on("bedrock:GetCustomModelDeployment", _DEPLOYED),
    "bedrock.GetFoundationModelAvailability": _on("bedrock:GetFoundationModelAvailability"),
    "bedrock.GetInferenceProfile": _on(
        "bedrock:GetInferenceProfile",
        f"{_BEDROCK}:inference-profile/{{inferenceProfileIdentifier}}",
    ),
    "bedrock.GetModelCustomizationJob": _on("bedrock:GetModelCustomizationJob", _JOB),
    "bedrock.GetModelInvocationJob": _on("bedrock:GetModelInvocationJob", _BATCH),
    "bedrock.ListCustomModelDeployments": _on("bedrock:ListCustomModelDeployments"),
    "bedrock.ListCustomModels": _on("bedrock:ListCustomModels"),
    "bedrock.ListModelCustomizationJobs": _on("bedrock:ListModelCustomizationJobs"),
    "bedrock.ListModelInvocationJobs": _on("bedrock:ListModelInvocationJobs"),
    "bedrock.ListTagsForResource": _on("bedrock:ListTagsForResource", "{resourceARN}"),
    "bedrock.StopModelCustomizationJob": _on("bedrock:StopModelCustomizationJob", _JOB),
    "bedrock.StopModelInvocationJob": _on("bedrock:StopModelInvocationJob", _BATCH),
    "bedrock.TagResource": _on("bedrock:TagResource", "{resourceARN}"),
    "cloudformation.CreateChangeSet": _all(
        _on("cloudformation:CreateChangeSet", _STACK),
        _passing("RoleARN", "cloudformation.amazonaws.com"),
    ),
    "cloudformation.CreateStack": _all(
        _on("cloudformation:CreateStack", _STACK),
        _passing("RoleARN", "cloudformation.amazonaws.com"),
    ),
    "cloudformation.DeleteStack": _all(
        _on("cloudformation:DeleteStack", _STACK),
        _passing("RoleARN", "cloudformation.amazonaws.com"),
    ),
    "cloudformation.DescribeChangeSet": _on("cloudformation:DescribeChangeSet", _STACK),
    "cloudformation.DescribeEvents": _on("cloudformation:DescribeEvents", _STACK),
    "cloudformation.DescribeStackEvents": _on("cloudformation:DescribeStackEvents", _STACK),
    "cloudformation.DescribeStackResources": _on("cloudformation:DescribeStackResources", _STACK),
    "cloudformation.DescribeStacks": _on("cloudformation:DescribeStacks", _STACK),
    "cloudformation.ExecuteChangeSet": _on("cloudformation:ExecuteChangeSet", _STACK),
    "cloudformation.GetTemplate": _on("cloudformation:GetTemplate", _STACK),
    "cloudformation.ListStackResources": _on("cloudformation:ListStackResources", _STACK),
    "cloudformation.ListStacks": _on("cloudformation:ListStacks"),
    "cloudformation.UpdateStack": _all(
        _on("cloudformation:UpdateStack", _STACK),
        _passing("RoleARN", "cloudformation.amazonaws.com"),
    ),
    "cloudformation.UpdateTerminationProtection": _on(
        "cloudformation:UpdateTerminationProtection", _STACK
    ),
    "cloudwatch.GetMetricData": _on("cloudwatch:GetMetricData"),
    "cloudwatch.GetMetricStatistics": _on("cloudwatch:GetMetricStatistics"),
    "cloudwatch.ListMetrics": _on("cloudwatch:ListMetrics"),
    "cloudwatch.PutMetricData": _on("cloudwatch:PutMetricData", cloudwatch_namespace="Namespace"),
    "dynamodb.DeleteItem": _on("dynamodb:DeleteItem", _TABLE),
    "dynamodb.DescribeTable": _on("dynamodb:DescribeTable", _TABLE),
    "dynamodb.GetItem": _on("dynamodb:GetItem", _TABLE),
    "dynamodb.PutItem": _on("dynamodb:PutItem", _TABLE),
    "dynamodb.Query": _on("dynamodb:Query", _TABLE),
    "dynamodb.Scan": _on("dynamodb:Scan", _TABLE),
    "dynamodb.UpdateItem": _on("dynamodb:UpdateItem", _TABLE),
    "ec2.DescribeSubnets": _on("ec2:DescribeSubnets"),
    "kms.Decrypt": _on("kms:Decrypt", "arn:aws:kms:{region}:{account}:key/{KeyId}"),
    "kms.DescribeKey": _on("kms:DescribeKey", "arn:aws:kms:{region}:{account}:key/{KeyId}"),
    "kms.GenerateDataKey": _on("kms:GenerateDataKey", "arn:aws:kms:{region}:{account}:key/{KeyId}"),
    "lambda.GetFunction": _function("lambda:GetFunction"),
    "lambda.GetFunctionConfiguration": _function("lambda:GetFunctionConfiguration"),
    "lambda.Invoke": _function("lambda:InvokeFunction"),
    "logs.CreateLogGroup": _on("logs:CreateLogGroup", _GROUP),
    "logs.CreateLogStream": _on("logs:CreateLogStream", f"{_GROUP}{{logStreamName}}"),
    "logs.DescribeLogStreams": _on("logs:DescribeLogStreams", _GROUP),
    "logs.FilterLogEvents": _on("logs:FilterLogEvents", _GROUP),
    "logs.GetLogEvents": _on("logs:GetLogEvents", f"{_GROUP}{{logStreamName}}"),
    "logs.PutLogEvents": _on("logs:PutLogEvents", f"{_GROUP}{{logStreamName}}"),
    "s3.AbortMultipartUpload": _on("s3:AbortMultipartUpload", _OBJECT),
    "s3.CompleteMultipartUpload": _on("s3:PutObject", _OBJECT),
    "s3.CopyObject": _copied,
    "s3.CreateMultipartUpload": _on("s3:PutObject", _OBJECT),
    "s3.DeleteObject": _on("s3:DeleteObject", _OBJECT),
    "s3.GetBucketEncryption": _on("s3:GetEncryptionConfiguration", _BUCKET),
    "s3.GetBucketLocation": _on("s3:GetBucketLocation", _BUCKET),
    "s3.GetObject": _read,
    "s3.HeadBucket": _on("s3:ListBucket", _BUCKET),
    "s3.HeadObject": _read,
    "s3.ListObjectVersions": _on("s3:ListBucketVersions", _BUCKET, s3_prefix="Prefix"),
    "s3.ListObjects": _on("s3:ListBucket", _BUCKET, s3_prefix="Prefix"),
    "s3.ListObjectsV2": _on("s3:ListBucket", _BUCKET, s3_prefix="Prefix"),
    "s3.PutObject": _on("s3:PutObject", _OBJECT),
    "s3.UploadPart": _on("s3:PutObject", _OBJECT),
    "sagemaker.AddTags": _on("sagemaker:AddTags", "{ResourceArn}"),
    "sagemaker.CreateTrainingJob": _all(
        _on("sagemaker:CreateTrainingJob", _TRAINING),
        _tagged,
        _passing("RoleArn", "sagemaker.amazonaws.com"),
    ),
    "sagemaker.DescribeHubContent": _on(
        "sagemaker:DescribeHubContent", f"{_SAGEMAKER}:hub/{{HubName}}", _HUB_CONTENT
    ),
    "sagemaker.DescribeTrainingJob": _on("sagemaker:DescribeTrainingJob", _TRAINING),
    "sagemaker.ImportHubContent": _on(
        "sagemaker:ImportHubContent", f"{_SAGEMAKER}:hub/{{HubName}}", _HUB_CONTENT
    ),
    "sagemaker.ListTags": _on("sagemaker:ListTags", "{ResourceArn}"),
    "sagemaker.ListTrainingJobs": _on("sagemaker:ListTrainingJobs"),
    "sagemaker.StopTrainingJob": _on("sagemaker:StopTrainingJob", _TRAINING),
    "secretsmanager.GetSecretValue": _on("secretsmanager:GetSecretValue", "{SecretId}"),
    "sqs.SendMessage": _queue("sqs:SendMessage"),
    "sns.Publish": _on("sns:Publish", "{TopicArn}"),
    "ssm.GetParameter": _on("ssm:GetParameter", "arn:aws:ssm:{region}:{account}:parameter{Name}"),
    "stepfunctions.DescribeExecution": _on("states:DescribeExecution", "{executionArn}"),
    "stepfunctions.ListExecutions": _on("states:ListExecutions", "{stateMachineArn}"),
    "stepfunctions.SendTaskFailure": _on("states:SendTaskFailure"),
    "stepfunctions.SendTaskHeartbeat": _on("states:SendTaskHeartbeat"),
    "stepfunctions.SendTaskSuccess": _on("states:SendTaskSuccess"),
    "stepfunctions.StartExecution": _on("states:StartExecution", "{stateMachineArn}"),
    "stepfunctions.StopExecution": _on("states:StopExecution", "{executionArn}"),
    "sts.AssumeRole": _on("sts:AssumeRole", "{RoleArn}"),
    # Nobody can be denied this (STS API reference, GetCallerIdentity).
    "sts.GetCallerIdentity": _nothing,
}


def needed(call: ApiCall) -> list[Needed] | None:
    """What a call needs; None where the table does not know it."""
    needs = ACTIONS.get(f"{call.service}.{call.operation}")
    return None if needs is None else list(needs(call))


def of_log(action: str, region: str, group: str, stream: str = "") -> Needed:
    """An action on a log group or stream, for services that write logs in a role's name."""
    about: dict[str, Any] = {"logGroupName": group, "logStreamName": stream}
    call = ApiCall("logs", action, about, region)
    return next(ACTIONS[f"logs.{action}"](call))
