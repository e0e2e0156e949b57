"""Asking many questions: order, each once, errors in place, in time, at once."""

from __future__ import annotations

import threading
import time

import pytest

from nova_rft.errors import JudgeRefused, JudgeUnavailable
from nova_rft.judge import JudgeReply, ask_all

from .judges import FakeModel, HangingModel, request


@pytest.mark.parametrize("concurrency", [1, 3, 50])
@pytest.mark.parametrize("deadline", [None, 60.0])
def test_replies_come_in_the_order_of_the_questions(
    concurrency: int, deadline: float | None
) -> None:
    def slower_at_first(asked: object) -> str:
        user: str = asked.user  # type: ignore[attr-defined]
        time.sleep(0.003 * (10 - int(user)))
        return user

    model = FakeModel(slower_at_first, concurrency=concurrency)
    until = None if deadline is None else time.monotonic() + deadline
    replies = ask_all(model, [request(str(n)) for n in range(10)], deadline=until)
    assert [one.call for one in replies if isinstance(one, JudgeReply)] == [
        str(n) for n in range(10)
    ]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_equal_questions_are_asked_once(concurrency: int) -> None:
    model = FakeModel(lambda asked: asked.user, concurrency=concurrency)
    replies = ask_all(model, [request(user) for user in "abacaba"])
    assert [one.call for one in replies if isinstance(one, JudgeReply)] == list("abacaba")
    assert sorted(asked.user for asked in model.asked) == ["a", "b", "c"]


def test_questions_that_differ_in_tool_or_system_are_two() -> None:
    model = FakeModel(lambda asked: asked.tool.name)
    replies = ask_all(model, [request("a", name="t"), request("a", name="u")])
    assert [one.call for one in replies if isinstance(one, JudgeReply)] == ["t", "u"]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_an_error_stands_where_its_answer_would(concurrency: int) -> None:
    down, refused = JudgeUnavailable("fake: down"), JudgeRefused("fake: no access")
    answers = {"a": 1, "b": down, "c": refused, "d": 4}
    model = FakeModel(lambda asked: answers[asked.user], concurrency=concurrency)
    first, second, third, fourth = ask_all(model, [request(user) for user in "abcd"])
    assert isinstance(first, JudgeReply)
    assert isinstance(fourth, JudgeReply)
    assert (second, third) == (down, refused)


def test_nothing_to_ask() -> None:
    assert ask_all(FakeModel(lambda _: 1), []) == []
    assert ask_all(FakeModel(lambda _: 1, concurrency=1), [], deadline=0.0) == []


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_a_hanging_model_does_not_hold_back_the_answer(concurrency: int) -> None:
    model = HangingModel(concurrency)
    started = time.monotonic()
    try:
        replies = ask_all(
            model, [request(str(n)) for n in range(6)], deadline=time.monotonic() + 0.2
        )
        took = time.monotonic() - started
    finally:
        model.release.set()
    assert took < 2
    assert len(replies) == 6
    assert all(isinstance(one, JudgeUnavailable) for one in replies)
    assert "no answer before the deadline" in str(replies[0])


def test_what_is_answered_in_time_is_kept() -> None:
    release = threading.Event()
    model = FakeModel(lambda asked: release.wait(20) if asked.user == "slow" else 7)
    try:
        quick, slow, also = ask_all(
            model,
            [request("quick"), request("slow"), request("also")],
            deadline=time.monotonic() + 0.3,
        )
    finally:
        release.set()
    assert isinstance(quick, JudgeReply)
    assert isinstance(also, JudgeReply)
    assert isinstance(slow, JudgeUnavailable)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_after_the_deadline_nobody_is_asked(concurrency: int) -> None:
    model = FakeModel(lambda _: 1, concurrency=concurrency)
    replies = ask_all(model, [request("a"), request("b")], deadline=time.monotonic() - 1)
    assert all(isinstance(one, JudgeUnavailable) for one in replies)
    assert model.asked == []


def test_questions_really_are_asked_at_once() -> None:
    """Four questions that each wait for the other three can only all be answered together."""
    together = threading.Barrier(4, timeout=10)
    model = FakeModel(lambda _: together.wait() >= 0, concurrency=4)
    replies = ask_all(model, [request(str(n)) for n in range(4)])
    assert all(isinstance(one, JudgeReply) and one.call is True for one in replies)


def test_no_more_at_once_than_the_model_takes() -> None:
    lock = threading.Lock()
    now: list[int] = []
    most = 0

    def answer(_: object) -> int:
        nonlocal most
        with lock:
            now.append(1)
            most = max(most, len(now))
        time.sleep(0.01)
        with lock:
            now.pop()
        return 1

    ask_all(FakeModel(answer, concurrency=3), [request(str(n)) for n in range(12)])
    assert 1 < most <= 3
