"""Reading back the traces that the reward Lambda kept in S3."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, list_keys, list_objects
from nova_rft.data import json_lines

# Of the events that came since the last look, those that are fetched: the newest.
_FETCHED: Final = 8
# What is written as an hour ends may be there a little later, or by a clock that is behind.
_LATE: Final = timedelta(minutes=5)


def newest_event(
    aws: Aws, bucket: str, version: str, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """The rows of the newest event that was kept; none where there is none."""
    hour = _hour(end)
    while hour >= _hour(start):
        objects = list(list_objects(aws, bucket, _prefix(version, hour)))
        if objects:
            key, _ = max(objects, key=lambda one: one[1])
            return _rows(get(aws, bucket, key))
        hour -= timedelta(hours=1)
    return []


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _prefix(version: str, hour: datetime) -> str:
    return f"traces/{version}/{hour:%Y-%m-%dT%H}/"


def _rows(body: bytes) -> list[dict[str, Any]]:
    lines = json_lines(gzip.decompress(body).splitlines())
    return [line.value for line in lines if isinstance(line.value, dict)]


def read_traces(
    aws: Aws, bucket: str, version: str, start: datetime, end: datetime
) -> Iterator[dict[str, Any]]:
    """The rows of one version of a reward Lambda between two moments, in order of their hour.

    An event names no job, so jobs that overlap in time on one version share their traces.
    """
    hour = _hour(start)
    while hour <= end:
        for key in list_keys(aws, bucket, _prefix(version, hour)):
            for row in _rows(get(aws, bucket, key)):
                if start <= datetime.fromisoformat(row["at"]) <= end:
                    yield row
        hour += timedelta(hours=1)


class TraceTail:
    """The newest rollouts of one version of a reward Lambda, look by look; no event is fetched twice.

    Of many events between two looks the newest are fetched, so it is for reading, and not for figures.
    """

    def __init__(
        self, aws: Aws, bucket: str, version: str, start: datetime, most: int = 40
    ) -> None:
        """Takes where they lie.

        Args:
            aws: The account and region.
            bucket: The output bucket.
            version: The reward's version.
            start: Rows from before are another job's.
            most: Rows that are kept.
        """
        self._aws = aws
        self._bucket = bucket
        self._version = version
        self._start = start
        self._most = most
        self._from: datetime | None = None
        self._known: frozenset[str] = frozenset()
        self._newest: list[dict[str, Any]] = []

    def look(self, end: datetime) -> list[dict[str, Any]]:
        """The newest rows up to a moment, the newest first.

        Raises:
            AwsRefused: AWS refused the call; the next look makes up for it.
        """
        listed = self._listed(end)
        fresh = sorted((at, key) for key, at in listed.items() if key not in self._known)
        rows = list(self._newest)
        for _, key in fresh[-_FETCHED:]:
            found = _rows(get(self._aws, self._bucket, key))
            rows += [
                row for row in found if self._start <= datetime.fromisoformat(row["at"]) <= end
            ]
        rows.sort(key=lambda row: str(row["at"]), reverse=True)
        self._newest = rows[: self._most]
        self._known, self._from = frozenset(listed), _hour(end - _LATE)
        return self._newest

    def _listed(self, end: datetime) -> dict[str, datetime]:
        """From the newest hour back to the last look's, or to where there is enough."""
        first = self._from or _hour(self._start)
        hour, found = _hour(end), dict[str, datetime]()
        while hour >= first:
            found.update(list_objects(self._aws, self._bucket, _prefix(self._version, hour)))
            if self._from is None and len(found) >= _FETCHED:
                break
            hour -= timedelta(hours=1)
        return found
