"""Calling functions that are not ours: they may raise, take for ever, or be asynchronous."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward._term import late


def each_in_time(calls: Sequence[Callable[[], Any]], deadline: float | None) -> list[Outcome]:
    """The outcome of each call, one after the other; those not done by the deadline abstain.

    A function that hangs cannot be ended. It keeps a thread, which dies with the process.
    """
    outcomes: list[Outcome] = [late("this rollout")] * len(calls)
    stop = threading.Event()

    def work() -> None:
        for place, call in enumerate(calls):
            if stop.is_set():
                return
            outcomes[place] = outcome_of(call)

    if deadline is None:
        work()
        return outcomes
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(max(deadline - time.monotonic(), 0.0))
    stop.set()
    return list(outcomes)


def outcome_of(call: Callable[[], Any]) -> Outcome:
    """What a call gave, as an outcome; an error is an abstention."""
    try:
        return as_outcome(finished(call()))
    except Exception as error:
        return Abstention(Cause.TERM_FAILED, f"{type(error).__name__}: {error}"[:500])


def finished(given: Any) -> Any:
    """A value, awaited where it has to be."""
    return asyncio.run(_awaited(given)) if inspect.isawaitable(given) else given


async def _awaited(given: Any) -> Any:
    return await given


def as_outcome(given: Any) -> Outcome:
    """A number as a score, None as an abstention; nothing else is taken for a number.

    Raises:
        TypeError: it is none of what a term may give.
    """
    if isinstance(given, Score | Abstention):
        return given
    if given is None:
        return Abstention(Cause.NO_VALUE, "the function gave None")
    if isinstance(given, bool | int | float) or hasattr(given, "__float__"):
        return Score(float(given))
    raise TypeError(f"the function gave {type(given).__name__}, which is no number")
