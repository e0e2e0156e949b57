"""What the project's stacks made, read from their CloudFormation outputs."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import FindingsError
from nova_rft.spec import Spec


class NotDeployed(FindingsError):
    """A stack that the project needs is not there, or is not the one its spec describes."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """The names of what the stacks made."""

    data_bucket: str
    output_bucket: str
    reward_function: str
    reward_version: str
    reward_version_arn: str
    reward_digest: str
    reward_log_group: str
    job_role_arn: str


def deployment(aws: Aws, spec: Spec) -> Deployment:
    """Reads the outputs of the project's three stacks.

    Raises:
        NotDeployed: a stack or an output is missing.
        AwsRefused: AWS does not let the caller look.
    """
    storage = _outputs(aws, spec.stack_name("storage"))
    reward = _outputs(aws, spec.stack_name("reward"))
    customization = _outputs(aws, spec.stack_name("customization"))
    try:
        return Deployment(
            data_bucket=storage["DataBucket"],
            output_bucket=storage["OutputBucket"],
            reward_function=reward["RewardFunctionName"],
            reward_version=reward["RewardVersion"],
            reward_version_arn=reward["RewardVersionArn"],
            reward_digest=reward["RewardDigest"],
            reward_log_group=reward["RewardLogGroup"],
            job_role_arn=customization["JobRoleArn"],
        )
    except KeyError as missing:
        raise NotDeployed(
            f"a stack of {spec.project} lacks the output {missing}; deploy again: `nova-rft deploy`"
        ) from None


def _outputs(aws: Aws, stack: str) -> dict[str, str]:
    with aws_errors():
        try:
            described = aws.client("cloudformation").describe_stacks(StackName=stack)
        except ClientError as error:
            # CloudFormation has no code of its own for this.
            if "does not exist" not in str(error):
                raise
            raise NotDeployed(
                f"the stack {stack} does not exist in {aws.region}; "
                "deploy it first: `nova-rft deploy`"
            ) from None
    outputs = described["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}
