"""Reading back the traces that the reward Lambda kept in S3."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, list_keys
from nova_rft.data import json_lines


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
            for line in json_lines(gzip.decompress(get(aws, bucket, key)).splitlines()):
                row = line.value
                if isinstance(row, dict) and start <= datetime.fromisoformat(row["at"]) <= end:
                    yield row
        hour += timedelta(hours=1)
