"""One look for all who listen, none where nobody does; refusals are said and waited out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.ui.making import Client, Endpoint, project, up


@pytest.fixture
def asker(tmp_path: Path, aws: Endpoint) -> Iterator[Client]:
    with up(project(tmp_path)) as client:
        yield client.enter()


def test_nobody_listens_and_nobody_is_asked(aws: Endpoint, asker: Client) -> None:
    asker.ask("GET", "/")
    time.sleep(0.5)
    assert aws.lists == 0


def test_many_tabs_ask_once(aws: Endpoint, asker: Client) -> None:
    with (
        asker.stream("/events/jobs") as first,
        asker.stream("/events/jobs") as second,
        asker.stream("/events/jobs") as third,
    ):
        for said in (first, second, third):
            (job,) = next(said)["state"]["jobs"]
            assert (job["name"], job["status"]) == ("tone-dev-abc", "InProgress")
        # Looks go on every 0.2 s, and say something only where something changed.
        before = aws.lists
        time.sleep(1.0)
        assert 2 <= aws.lists - before <= 6
        aws.status = "Completed"
        for said in (first, second, third):
            assert next(said)["state"]["jobs"][0]["status"] == "Completed"
    # The last one has gone: at most the look that was on its way.
    time.sleep(0.3)
    before = aws.lists
    time.sleep(0.6)
    assert aws.lists == before


def test_a_refusal_is_said_over_what_was_known_and_asked_more_slowly(
    aws: Endpoint, asker: Client
) -> None:
    with asker.stream("/events/jobs") as said:
        assert next(said)["problem"] is None
        aws.refusing = True
        refused = next(said)
        assert "not authorized to list" in refused["problem"]
        assert refused["state"]["jobs"][0]["name"] == "tone-dev-abc"
        pauses = [refused["again_s"], next(said)["again_s"], next(said)["again_s"]]
        assert pauses == [0.4, 0.8, 1.6]
        # Whoever comes now is told so, and does not hurry anything.
        before = aws.lists
        with asker.stream("/events/jobs") as other:
            assert "not authorized" in next(other)["problem"]
        assert aws.lists == before
        aws.refusing = False
        assert next(said)["problem"] is None
