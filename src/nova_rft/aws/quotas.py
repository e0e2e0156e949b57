"""What the account has room for."""

from __future__ import annotations

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws


def concurrency(aws: Aws) -> int:
    """How many Lambda events may run at once in the account's region, all functions together.

    Raises:
        AwsRefused: the caller may not ask.
    """
    with aws_errors():
        return aws.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
