"""Calls in flight: as many as the service takes, nothing lost to throttling, and an end."""

from __future__ import annotations

import threading
import time

import pytest

from nova_rft.errors import AwsBusy, AwsRefused
from nova_rft.scale import Answered, Chunk, EngineFailed
from nova_rft.scale._pool import Window, spread

from .making import row


def chunk(number: int, groups: int = 1) -> Chunk:
    keys = tuple(f"{number}-{g}" for g in range(groups))
    return Chunk(keys, tuple(b"{}" for _ in keys), (1,) * groups)


def busy(retry_after: float = 0.0) -> AwsBusy:
    refused = AwsRefused("busy", service="lambda", operation="Invoke", code="TooManyRequests")
    return AwsBusy(refused, retry_after=retry_after)


class Service:
    """Takes so many calls at once, and refuses all others."""

    def __init__(self, room: int, takes_s: float = 0.01) -> None:
        self._room = room
        self._takes_s = takes_s
        self._lock = threading.Lock()
        self._now = 0
        self.most = self.refused = 0
        self.answered: list[str] = []

    def __call__(self, asked: Chunk) -> Answered:
        with self._lock:
            if self._now >= self._room:
                self.refused += 1
                raise busy()
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self._takes_s)
        with self._lock:
            self._now -= 1
            self.answered += asked.keys
        return Answered(asked, [row({"id": key}) for key in asked.keys])


def test_throttled_calls_are_made_again_and_each_is_answered_once() -> None:
    service = Service(room=5)
    window = Window(64, pause_s=0.02)
    found = list(spread(map(chunk, range(200)), service, window))
    assert sorted(service.answered) == sorted(f"{n}-0" for n in range(200))
    assert len(found) == 200
    assert 0 < service.refused < 100
    assert window.size < 16


def test_it_fills_the_room_that_there_is() -> None:
    service = Service(room=1000, takes_s=0.005)
    list(spread(map(chunk, range(300)), service, Window(24)))
    assert service.most == 24
    assert service.refused == 0


def test_it_waits_as_long_as_the_service_asks() -> None:
    began: list[float] = []

    def call(asked: Chunk) -> Answered:
        began.append(time.monotonic())
        if len(began) == 1:
            raise busy(retry_after=0.3)
        return Answered(asked, [row({})])

    list(spread([chunk(1)], call, Window(1, pause_s=0.02)))
    assert began[1] - began[0] >= 0.3


def test_a_service_that_stays_busy_is_given_up() -> None:
    def call(asked: Chunk) -> Answered:
        raise busy()

    with pytest.raises(EngineFailed, match="no call was answered"):
        list(spread([chunk(1)], call, Window(1, patience_s=0.05, pause_s=0.02)))


def test_a_function_that_fails_from_the_first_on_is_not_asked_for_ever() -> None:
    asked: list[Chunk] = []

    def call(one: Chunk) -> Answered:
        asked.append(one)
        return Answered(one, failure="no such module")

    with pytest.raises(EngineFailed, match="no such module"):
        list(spread(map(chunk, range(1000)), call, Window(2)))
    assert len(asked) < 10


def test_smaller_chunks_take_a_chunks_place() -> None:
    def call(asked: Chunk) -> Answered | list[Chunk]:
        return asked.halves() if len(asked.groups) > 2 else Answered(asked, [row({})])

    found = list(spread([chunk(1, 8)], call, Window(4)))
    assert sorted(key for one in found for key in one.chunk.keys) == [f"1-{n}" for n in range(8)]


def test_an_interrupt_waits_for_what_is_in_flight() -> None:
    def chunks() -> object:
        yield chunk(1)
        yield chunk(2)
        raise KeyboardInterrupt

    found: list[Answered] = []
    with pytest.raises(KeyboardInterrupt):
        for one in spread(chunks(), Service(10), Window(4)):  # type: ignore[arg-type]
            found.append(one)
    assert {one.chunk.key for one in found} == {chunk(1).key, chunk(2).key}


def test_judges_without_room_count_as_refusals() -> None:
    sizes: list[int] = []
    window = Window(64, pause_s=0.01)

    def call(asked: Chunk) -> Answered:
        time.sleep(0.005)
        return Answered(asked, [row({}, cause="judge_unavailable" if window.size > 6 else "")])

    for _ in spread(map(chunk, range(150)), call, window):
        sizes.append(window.size)
    assert max(sizes[75:]) <= 16
