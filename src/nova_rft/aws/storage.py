"""Files in S3, named by their content, so that sending one twice changes nothing."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from botocore.exceptions import ClientError

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, UsageError

_URI = re.compile(r"s3://([^/]+)/?(.*)")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, as 64 hexadecimal digits.

    Raises:
        UsageError: the file is missing or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` address.

    Raises:
        UsageError: it is none.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise UsageError(f"{uri}: no S3 address; write s3://BUCKET/KEY")
    return match.group(1), match.group(2)


def upload(aws: Aws, path: Path, bucket: str, key: str) -> str:
    """Puts a file there unless it is there already; returns its `s3://` address.

    The key must be made from the content's digest: what is there under it is then known to be equal.
    S3 shows an object only when it is whole, so an upload cut short leaves nothing behind.
    """
    with aws_errors():
        there = _exists(aws, bucket, key)
    return f"s3://{bucket}/{key}" if there else send(aws, path, bucket, key)


def send(aws: Aws, path: Path, bucket: str, key: str) -> str:
    """Puts a file there, whatever lies there; returns its `s3://` address."""
    # Late: several parts at once, which the reward Lambda never needs.
    from s3transfer.manager import TransferManager

    with aws_errors(), TransferManager(aws.client("s3")) as manager:
        manager.upload(str(path), bucket, key).result()
    return f"s3://{bucket}/{key}"


def _exists(aws: Aws, bucket: str, key: str) -> bool:
    """By a listing, which a role may make below a prefix; to be asked for what is not there, of all."""
    found = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    # A key comes before all that begin with it.
    return any(one["Key"] == key for one in found.get("Contents", ()))


def exists(aws: Aws, bucket: str, key: str) -> bool:
    """Whether there is an object."""
    with aws_errors():
        return _exists(aws, bucket, key)


def put(aws: Aws, bucket: str, key: str, body: bytes) -> None:
    """Writes one object."""
    with aws_errors():
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def put_new(aws: Aws, bucket: str, key: str, body: bytes) -> bool:
    """Writes one object unless there is one; of several at once S3 lets one through.

    Source: S3's conditional writes, `If-None-Match` of PutObject.
    """
    with aws_errors():
        try:
            aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
        except ClientError as error:
            # 409: another one is being written at this moment.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412):
                return False
            raise
    return True


def delete(aws: Aws, bucket: str, key: str) -> None:
    """Takes one object away; nothing happens where there is none."""
    with aws_errors():
        aws.client("s3").delete_object(Bucket=bucket, Key=key)


def find(aws: Aws, bucket: str, key: str) -> bytes | None:
    """An object's content, or None where there is no such object."""
    if not exists(aws, bucket, key):
        return None
    try:
        return get(aws, bucket, key)
    except AwsRefused as refused:
        # Taken away since.
        if refused.code in ("404", "NoSuchKey"):
            return None
        raise


def list_keys(aws: Aws, bucket: str, prefix: str) -> Iterator[str]:
    """All keys under a prefix, in order."""
    return (key for key, _ in list_objects(aws, bucket, prefix))


def list_objects(aws: Aws, bucket: str, prefix: str) -> Iterator[tuple[str, datetime]]:
    """All keys under a prefix, in order, and when each was written."""
    with aws_errors():
        for page in (
            aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        ):
            for entry in page.get("Contents", ()):
                yield entry["Key"], entry["LastModified"]


def get(aws: Aws, bucket: str, key: str) -> bytes:
    """An object's content."""
    with aws_errors():
        return aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()


@contextmanager
def local_copy(aws: Aws, uri: str) -> Iterator[Path]:
    """A copy of an object, or of all objects under a prefix that ends in a slash, while it is needed.

    Raises:
        UsageError: it is no S3 address, or nothing is there.
        AwsRefused: it may not be read.
    """
    bucket, key = split_uri(uri)
    with tempfile.TemporaryDirectory(prefix="nova-rft-") as scratch:
        folder = Path(scratch)
        with aws_errors():
            if key and not key.endswith("/"):
                place = _download(aws, bucket, key, folder / Path(key).name)
            else:
                place = _download_all(aws, bucket, key, folder)
        yield place


def _download_all(aws: Aws, bucket: str, prefix: str, folder: Path) -> Path:
    pages = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", []) if entry["Size"]]
    if not keys:
        raise UsageError(
            f"s3://{bucket}/{prefix}: nothing is there; name an object, or a prefix with its slash"
        )
    for place, key in enumerate(keys, start=1):
        # Numbered: names under several prefixes may be the same.
        _download(aws, bucket, key, folder / f"{place:09d}-{Path(key).name}")
    return folder


def _download(aws: Aws, bucket: str, key: str, place: Path) -> Path:
    # Late, as in `upload`.
    from s3transfer.manager import TransferManager

    try:
        with TransferManager(aws.client("s3")) as manager:
            manager.download(bucket, key, str(place)).result()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            raise UsageError(
                f"s3://{bucket}/{key}: no such object; a prefix is named with a slash at its end"
            ) from None
        raise
    return place
