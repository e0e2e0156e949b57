"""A folder in S3 whose objects are known by their names below it."""

from __future__ import annotations

from collections.abc import Iterator

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, list_keys, put


class BucketFolder:
    """Objects under one prefix of a bucket."""

    def __init__(self, aws: Aws, bucket: str, prefix: str) -> None:
        """Takes a prefix that ends in a slash."""
        self._aws = aws
        self.bucket = bucket
        self.prefix = prefix

    def names(self) -> Iterator[str]:
        """Of all objects, in order."""
        keys = list_keys(self._aws, self.bucket, self.prefix)
        return (key.removeprefix(self.prefix) for key in keys)

    def get(self, name: str) -> bytes:
        """An object's content."""
        return get(self._aws, self.bucket, self.prefix + name)

    def put(self, name: str, body: bytes) -> None:
        """Writes an object."""
        put(self._aws, self.bucket, self.prefix + name, body)
