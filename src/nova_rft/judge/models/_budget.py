"""A budget in money: before each call the sum is looked at, after it what it cost is added."""

from __future__ import annotations

import threading
from typing import Protocol

from nova_rft.errors import BudgetSpent
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest
from nova_rft.judge.models._tally import Tally
from nova_rft.spec import Budget


class Purse(Protocol):
    """What was spent of a budget's total, wherever that is counted. Safe to share between threads."""

    def spent(self) -> float:
        """The sum so far, of all who spend from this purse.

        Raises:
            JudgeUnavailable: it cannot be told; nothing may be spent then.
        """
        ...

    def pay(self, amount: float) -> None:
        """Adds to the sum; what cannot be written now is kept, and `spent` fails until it is."""
        ...


class MemoryPurse:
    """A purse of this process alone."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._lock = threading.Lock()

    def spent(self) -> float:
        """The sum so far."""
        with self._lock:
            return self._sum

    def pay(self, amount: float) -> None:
        """Adds to the sum."""
        with self._lock:
            self._sum += amount


class Till:
    """Both bounds of a budget: that of the event, counted here, and the total, counted by a purse.

    They are overshot by no more than the calls in flight: those that were let through before the sum
    reached the bound.
    """

    def __init__(self, budget: Budget, purse: Purse) -> None:
        """Takes the bounds and who counts the total."""
        self._budget = budget
        self._purse = purse
        self._event = MemoryPurse()

    def begin_event(self) -> None:
        """Counts the event's spending from 0 again."""
        self._event = MemoryPurse()

    def open(self) -> None:
        """Lets a call through.

        Raises:
            BudgetSpent: a bound has been reached.
            JudgeUnavailable: what was spent cannot be told.
        """
        bounds = (
            ("per_event", self._budget.per_event, self._event),
            ("total", self._budget.total, self._purse),
        )
        for name, bound, purse in bounds:
            if bound is not None and (spent := purse.spent()) >= bound:
                raise BudgetSpent(
                    f"budget.{name} of {bound:g} {self._budget.currency} is spent "
                    f"({spent:.4f}); nothing more is asked"
                )

    def pay(self, amount: float) -> None:
        """Counts what a call cost."""
        self._event.pay(amount)
        if self._budget.total is not None:
            self._purse.pay(amount)


class Billed:
    """Counts every answered call, and asks the till before it."""

    def __init__(
        self, inner: JudgeModel, model_id: str | None, tally: Tally, till: Till | None
    ) -> None:
        """Takes the id by which the price is found, None for a model that nobody is paid for.

        Without a till nothing is refused.
        """
        self._inner = inner
        self._id = model_id
        self._tally = tally
        self._till = till
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer; see `JudgeModel.ask`."""
        if self._till is not None:
            self._till.open()
        reply = self._inner.ask(request, deadline=deadline)
        cost = self._tally.called(self._id, reply.usage)
        if self._till is not None:
            self._till.pay(cost)
        return reply
