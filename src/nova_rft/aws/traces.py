"""Reading back the traces that the reward Lambda kept in S3."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, list_keys, list_objects
from nova_rft.data import json_lines


def newest_event(
    aws: Aws, bucket: str, version: str, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """The rows of the newest event that was kept; none where there is none."""
    hour = end.replace(minute=0, second=0, microsecond=0)
    while hour >= start.replace(minute=0, second=0, microsecond=0):
        prefix = f"traces/{version}/{hour:%Y-%m-%dT%H}/"
        objects = list(list_objects(aws, bucket, prefix))
        if objects:
            key, _ = max(objects, key=lambda one: one[1])
            return _rows(get(aws, bucket, key))
        hour -= timedelta(hours=1)
    return []


def _rows(body: bytes) -> list[dict[str, Any]]:
    lines = json_lines(gzip.decompress(body).splitlines())
    return [line.value for line in lines if isinstance(line.value, dict)]


def read_traces(
    aws: Aws, bucket: str, version: str, start: datetime, end: datetime
) -> Iterator[dict[str, Any]]:
    """The rows of one version of a reward Lambda between two moments, in order of their hour.

    An event names no job, so jobs that overlap in time on one version share their traces.
    """
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        prefix = f"traces/{version}/{hour:%Y-%m-%dT%H}/"
        for key in list_keys(aws, bucket, prefix):
            for row in _rows(get(aws, bucket, key)):
                if start <= datetime.fromisoformat(row["at"]) <= end:
                    yield row
        hour += timedelta(hours=1)
