"""Scoring many events on all processors: in this process for few, in several for many."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from typing import Final

from nova_rft.reward._event import Item
from nova_rft.reward._function import RewardFunction
from nova_rft.reward._score import Scored

# Fewer are scored before other processes have started.
_FEW: Final = 4
# Events under way for each process: enough to keep it busy, few enough to keep memory flat.
_AHEAD: Final = 2
_function: RewardFunction | None = None


def score_all(
    make: Callable[[], RewardFunction], events: Iterable[Sequence[Item]], *, workers: int
) -> Iterator[list[Scored]]:
    """The scores of each event, in order.

    Args:
        make: Makes the reward function, once in each process; it must be picklable for several.
        events: Whole events.
        workers: Processes; 1 scores here. A reward with a judge waits more than it works, and shares its
            limits and its budget in one process: score it here.

    Raises:
        RewardAbstained: as `RewardFunction.score`.
    """
    waiting = iter(events)
    first = list(islice(waiting, _FEW * workers))
    following = next(waiting, None)
    if workers == 1 or following is None:
        function = make()
        rest = waiting if following is None else chain([following], waiting)
        yield from (function.score(event) for event in chain(first, rest))
        return
    yield from _spread(make, chain(first, [following], waiting), workers)


def _spread(
    make: Callable[[], RewardFunction], events: Iterable[Sequence[Item]], workers: int
) -> Iterator[list[Scored]]:
    # Not forked: threads and open connections of this process would be copied half-alive.
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(make,)
    )
    under_way: deque[Future[list[Scored]]] = deque()
    try:
        for event in events:
            under_way.append(pool.submit(_score, event))
            if len(under_way) >= _AHEAD * workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(make: Callable[[], RewardFunction]) -> None:
    global _function
    # Ctrl-C reaches the whole group; the first process alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _function = make()


def _score(event: Sequence[Item]) -> list[Scored]:
    if _function is None:
        raise RuntimeError("the reward function was not made")
    return _function.score(event)
