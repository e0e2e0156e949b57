"""Copies of a function that are kept ready: Lambda's provisioned concurrency, of one version.

Not CloudFormation's: on a version that is there it can change nothing ("Update requires: Replacement",
and the same code is no new version), and from a version that it retains it takes nothing away, so that
each deployment would go on being paid for.
"""

from __future__ import annotations

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws


def keep_warm(aws: Aws, function: str, version: str, events: int | None) -> None:
    """Keeps one version ready for so many events at once, and no other.

    A job calls its version by number, and what an alias has ready is not used by such a call. A job
    that is bound to an older version goes on, and its events wait for a cold start where they must.

    Args:
        aws: The session.
        function: The function's name.
        version: The number of the version that new jobs are bound to.
        events: How many; None keeps nothing ready.

    Raises:
        AwsRefused: AWS refused, most often since the account's concurrency leaves no room.
    """
    client = aws.client("lambda")
    with aws_errors():
        pages = client.get_paginator("list_provisioned_concurrency_configs")
        known = {
            one["FunctionArn"].rsplit(":", 1)[-1]: one["RequestedProvisionedConcurrentExecutions"]
            for page in pages.paginate(FunctionName=function)
            for one in page["ProvisionedConcurrencyConfigs"]
        }
        for qualifier in known:
            # An alias is somebody else's.
            if qualifier.isdigit() and (events is None or qualifier != version):
                client.delete_provisioned_concurrency_config(
                    FunctionName=function, Qualifier=qualifier
                )
        if events is not None and known.get(version) != events:
            client.put_provisioned_concurrency_config(
                FunctionName=function, Qualifier=version, ProvisionedConcurrentExecutions=events
            )
