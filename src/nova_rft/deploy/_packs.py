"""Records that deploying copied among the CDK's assets, where no stack of the project reaches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft.errors import AwsRefused

if TYPE_CHECKING:
    from nova_rft.aws.session import Aws


def packs(aws: Aws, stack: str) -> list[str]:
    """Where the projects lie that deploying packed, by a stack's outputs and its table of runs.

    Each change of the spec or its records was packed anew, under its digest. One that started no run
    and was deployed over is known nowhere any more.

    Args:
        aws: The account and region.
        stack: The pipeline's, which is still there.

    Raises:
        AwsRefused: AWS does not let the caller look at the stack.
    """
    from nova_rft.aws.items import Items
    from nova_rft.aws.stacks import outputs_of

    outputs = outputs_of(aws, stack) or {}
    newest = outputs.get("PipelinePack")
    if newest is None:
        return []
    folder, _, _ = newest.rpartition("/")
    try:
        digests = [str(run["digest"]) for run in Items(aws, outputs["PipelineTable"], "name").all()]
    except AwsRefused:  # The newest is known all the same.
        digests = []
    return sorted({newest, *(f"{folder}/{digest}.zip" for digest in digests)})


def forget(aws: Aws, address: str) -> str | None:
    """Deletes a packed project with all its versions; why not, where AWS refuses.

    Args:
        aws: The account and region.
        address: As `s3://BUCKET/KEY`.
    """
    from nova_rft.aws.stack_removal import delete_object

    bucket, _, key = address.removeprefix("s3://").partition("/")
    try:
        delete_object(aws, bucket, key)
    except AwsRefused as refused:
        return f"{refused}; it holds records: delete it, with all its versions, by hand"
    return None
