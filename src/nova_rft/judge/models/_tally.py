"""What judging took: calls, tokens, money."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from nova_rft.judge._request import Usage
from nova_rft.spec import Price

_MILLION = 1_000_000
_FREE = Price(input=0, output=0)
# More calls than an event has; what never begins an event must not grow for ever.
_LATENCIES: Final = 10_000


def cost_of(usage: Usage, price: Price) -> float:
    """What a call costs, in the price's currency."""
    read = price.input if price.cache_read is None else price.cache_read
    write = price.input if price.cache_write is None else price.cache_write
    return (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + usage.cache_read_tokens * read
        + usage.cache_write_tokens * write
    ) / _MILLION


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted.

    Attributes:
        calls: Calls that were answered.
        kept: Answers that were kept from an earlier call, and cost nothing.
        usage: Tokens billed.
        cost: Of the calls that have a price.
        unpriced: Calls of models that have none.
        failed: Calls that failed for a reason that passes; most are asked again.
        throttled: Those of them that the service did not let in.
    """

    calls: int = 0
    kept: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: float = 0.0
    unpriced: int = 0
    failed: int = 0
    throttled: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.calls + other.calls,
            self.kept + other.kept,
            self.usage + other.usage,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
            self.failed + other.failed,
            self.throttled + other.throttled,
        )

    def __sub__(self, earlier: Totals) -> Totals:
        mine, theirs = self.usage, earlier.usage
        return Totals(
            self.calls - earlier.calls,
            self.kept - earlier.kept,
            Usage(
                mine.input_tokens - theirs.input_tokens,
                mine.output_tokens - theirs.output_tokens,
                mine.cache_read_tokens - theirs.cache_read_tokens,
                mine.cache_write_tokens - theirs.cache_write_tokens,
            ),
            self.cost - earlier.cost,
            self.unpriced - earlier.unpriced,
            self.failed - earlier.failed,
            self.throttled - earlier.throttled,
        )


class Tally:
    """Counts what all judge models of a reward take together; safe to share between threads."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        """Takes what models cost, by their ids."""
        self._prices = prices
        self._totals = Totals()
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._lock = threading.Lock()

    @property
    def totals(self) -> Totals:
        """As they stand."""
        with self._lock:
            return self._totals

    @property
    def latencies(self) -> list[float]:
        """Seconds that each call answered since the event began took."""
        with self._lock:
            return list(self._latencies)

    def begin_event(self) -> None:
        """Forgets the latencies of the event before."""
        with self._lock:
            self._latencies.clear()

    def answered(self, seconds: float) -> None:
        """Counts how long a call took that was answered."""
        with self._lock:
            self._latencies.append(seconds)

    def failed(self, *, throttled: bool) -> None:
        """Counts a call that failed for a reason that passes."""
        with self._lock:
            was = self._totals
            self._totals = replace(was, failed=was.failed + 1, throttled=was.throttled + throttled)

    def called(self, model_id: str | None, usage: Usage) -> float:
        """Counts a call; what it cost, 0 where the model has no price or nobody is paid (None)."""
        price = _FREE if model_id is None else self._prices.get(model_id)
        cost = cost_of(usage, price) if price else 0.0
        with self._lock:
            was = self._totals
            self._totals = replace(
                was,
                calls=was.calls + 1,
                usage=was.usage + usage,
                cost=was.cost + cost,
                unpriced=was.unpriced + (price is None),
            )
        return cost

    def kept(self) -> None:
        """Counts an answer that needed no call."""
        with self._lock:
            self._totals = replace(self._totals, kept=self._totals.kept + 1)
