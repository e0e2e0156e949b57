"""The newest rollouts of a job, look by look: each event is fetched once."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import put
from nova_rft.aws.traces import TraceTail
from nova_rft.errors import AwsRefused
from tests.contract.bedrock_jobs import bucket
from tests.contract.conftest import Local

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def event(aws: Aws, place: str, at: datetime, *ids: str) -> None:
    rows = [{"id": one, "at": (at + timedelta(seconds=n)).isoformat()} for n, one in enumerate(ids)]
    body = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    put(aws, place, f"traces/7/{at:%Y-%m-%dT%H}/{'-'.join(ids)}.jsonl.gz", body)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_the_newest_come_first_and_nothing_is_fetched_twice(aws: Aws, local: Local) -> None:
    place = bucket(local)
    fetched: list[str] = []
    events: Any = aws.client("s3").meta.events
    events.register("before-call.s3.GetObject", lambda **_: fetched.append(""))
    tail = TraceTail(aws, place, "7", NOON, most=3)
    assert tail.look(NOON + timedelta(minutes=58)) == []
    event(aws, place, NOON + timedelta(minutes=59), "a", "b")
    assert ids(tail.look(NOON + timedelta(minutes=59, seconds=30))) == ["b", "a"]
    assert ids(tail.look(NOON + timedelta(minutes=59, seconds=40))) == ["b", "a"]
    # The hour changes; what was written late into the last one is found too.
    event(aws, place, NOON + timedelta(minutes=59, seconds=50), "c")
    event(aws, place, NOON + timedelta(minutes=61), "d")
    assert ids(tail.look(NOON + timedelta(minutes=62))) == ["d", "c", "b"]
    assert len(fetched) == 3


def test_rows_of_before_the_job_are_another_job_s(aws: Aws, local: Local) -> None:
    place = bucket(local)
    event(aws, place, NOON + timedelta(minutes=5), "theirs")
    event(aws, place, NOON + timedelta(minutes=15), "ours")
    tail = TraceTail(aws, place, "7", NOON + timedelta(minutes=10))
    assert ids(tail.look(NOON + timedelta(hours=2))) == ["ours"]


def test_of_a_flood_the_newest_are_read(aws: Aws, local: Local) -> None:
    place = bucket(local)
    for minute in range(12):
        event(aws, place, NOON + timedelta(minutes=minute), f"r{minute:02}")
    tail = TraceTail(aws, place, "7", NOON)
    found = ids(tail.look(NOON + timedelta(hours=1)))
    assert len(found) == 8
    # The rest is not made up for: it is for reading what is new.
    assert ids(tail.look(NOON + timedelta(hours=1))) == found


def test_a_refused_look_is_made_up_for(aws: Aws, local: Local) -> None:
    place = bucket(local)
    tail = TraceTail(aws, place, "7", NOON)
    event(aws, place, NOON + timedelta(minutes=1), "a")
    events: Any = aws.client("s3").meta.events
    denied = AwsRefused("denied", service="s3", operation="GetObject", code="AccessDenied")

    def deny(**_: Any) -> None:
        raise denied

    events.register("before-call.s3.GetObject", deny)
    with pytest.raises(AwsRefused):
        tail.look(NOON + timedelta(hours=1))
    events.unregister("before-call.s3.GetObject", deny)
    assert ids(tail.look(NOON + timedelta(hours=1))) == ["a"]
