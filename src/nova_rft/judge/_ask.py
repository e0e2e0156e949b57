"""Asking many questions at once, in order, before a deadline, each question only once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from nova_rft.errors import JudgeDeferred, JudgeError, JudgeUnavailable
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest

_Key = tuple[str, str, str, int, tuple[tuple[str, str], ...]]


def ask_all(
    model: JudgeModel, requests: Sequence[JudgeRequest], *, deadline: float | None = None
) -> list[JudgeReply | JudgeError]:
    """Replies in the order of the requests; where there is none, the error that says why.

    Equal requests are asked once. After `deadline` (a `time.monotonic()` value) nothing is waited
    for: what is not answered by then comes back as `JudgeUnavailable`.

    Raises:
        JudgeDeferred: an answer comes later; every question was asked. What a judge would ask next
            depends on answers that are not there.
    """
    keys = [_key(request) for request in requests]
    first: dict[_Key, JudgeRequest] = {}
    for key, request in zip(keys, requests, strict=True):
        first.setdefault(key, request)
    if model.concurrency == 1 and deadline is None:
        answers = {key: _ask(model, request, deadline) for key, request in first.items()}
        return _all_there([answers[key] for key in keys])
    pool = ThreadPoolExecutor(max_workers=min(model.concurrency, max(len(first), 1)))
    try:
        futures = {k: pool.submit(_ask, model, request, deadline) for k, request in first.items()}
        waited = {key: _wait(future, model, deadline) for key, future in futures.items()}
    finally:
        # A call that hangs past the deadline must not hold back the answer to the trainer.
        pool.shutdown(wait=False, cancel_futures=True)
    return _all_there([waited[key] for key in keys])


def _all_there(answers: list[JudgeReply | JudgeError]) -> list[JudgeReply | JudgeError]:
    for answer in answers:
        if isinstance(answer, JudgeDeferred):
            raise answer
    return answers


def _key(request: JudgeRequest) -> _Key:
    return request.system, request.user, request.tool.name, request.sample, request.history


def _ask(
    model: JudgeModel, request: JudgeRequest, deadline: float | None
) -> JudgeReply | JudgeError:
    if deadline is not None and time.monotonic() >= deadline:
        return JudgeUnavailable(f"{model.name}: no time left before the deadline")
    try:
        return model.ask(request, deadline=deadline)
    except JudgeError as error:
        return error


def _wait(
    future: Future[JudgeReply | JudgeError], model: JudgeModel, deadline: float | None
) -> JudgeReply | JudgeError:
    left = None if deadline is None else max(deadline - time.monotonic(), 0)
    try:
        return future.result(timeout=left)
    except FutureTimeout:
        return JudgeUnavailable(f"{model.name}: no answer before the deadline")
