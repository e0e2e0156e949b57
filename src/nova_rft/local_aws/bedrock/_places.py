"""What a job's request names in the account: its role, its data, its grader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._protocol import ServiceError
from nova_rft.local_aws.bedrock._plan import Plan


def check_places(
    asked: Mapping[str, Any], plan: Plan, region: str, account: Account, job: str
) -> None:
    """Refuses a request that names what is not there, or what Bedrock may not use for that job.

    Raises:
        ServiceError: it does.
    """
    account.check_role(asked["roleArn"], "bedrock.amazonaws.com", job)
    _check_output(asked["outputDataConfig"]["s3Uri"], account)
    _check_training(asked["trainingDataConfig"], plan, account)
    for validator in asked.get("validationDataConfig", {}).get("validators", ()):
        _check_object(validator["s3Uri"], account)
    if plan.technique == "rft":
        grader = asked["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
        account.check_function(region, grader["lambdaArn"], "lambdaArn")


def _check_output(uri: str, account: Account) -> None:
    if not account.has_bucket(uri):
        bucket = uri.removeprefix("s3://").partition("/")[0]
        raise _refused(f"outputDataConfig.s3Uri: there is no bucket {bucket}")


def _check_training(config: Mapping[str, Any], plan: Plan, account: Account) -> None:
    logs, uri = config.get("invocationLogsConfig"), config.get("s3Uri")
    if (logs is None) == (uri is None):
        raise _refused(
            "trainingDataConfig: s3Uri or invocationLogsConfig must be given, and not both"
        )
    if uri is not None:
        _check_object(uri, account)
        return
    if logs is None:
        return
    if plan.technique == "sft" and not logs.get("usePromptResponse"):
        raise _refused(
            f"invocationLogsConfig.usePromptResponse must be true for {plan.kind}: "
            "the responses are what it learns"
        )
    source = logs["invocationLogSource"]["s3Uri"]
    if not account.objects(source):
        raise _refused(f"invocationLogSource.s3Uri: there are no invocation logs at {source}")


def _check_object(uri: str, account: Account) -> None:
    if uri not in account.objects(uri):
        raise _refused(f"the object {uri} does not exist or cannot be read")


def _refused(why: str) -> ServiceError:
    return ServiceError("ValidationException", why)
