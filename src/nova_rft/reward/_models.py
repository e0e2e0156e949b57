"""The judge models of a reward: each made once, with what all of them share around it."""

from __future__ import annotations

from collections.abc import Callable

from nova_rft.errors import UsageError
from nova_rft.judge import JudgeModel
from nova_rft.judge.models import (
    Accounts,
    MemoryPurse,
    Purse,
    ReplyStore,
    Tally,
    Till,
    Totals,
    equip,
)
from nova_rft.spec import JudgeModelSpec, RewardSpec

Models = Callable[[JudgeModelSpec], JudgeModel]


class JudgeModels:
    """Gives the model that a spec names, equipped; the same one to all terms that name it.

    So its limits hold, and its replies are kept, for all of them together.
    """

    def __init__(
        self,
        reward: RewardSpec,
        bare: Models,
        *,
        purse: Purse | None = None,
        store: ReplyStore | None = None,
        recorder: Callable[[JudgeModel], JudgeModel] = lambda model: model,
    ) -> None:
        """Makes nothing yet.

        Args:
            reward: Its prices, budget and cache count.
            bare: Makes a bare model by what a spec says of it.
            purse: Counts what a budget's total has left; needed where there is one.
            store: Keeps replies beyond the run, where the reward has a cache.
            recorder: Put around each model, such as `RecordingModel`.

        Raises:
            UsageError: the budget has a total and nobody to count it.
        """
        self._bare = bare
        self._tally = Tally(reward.prices)
        self._till = _till(reward, purse)
        kept_in = store if reward.cache else None
        self._accounts = Accounts(self._tally, self._till, kept_in, recorder)
        self._made: dict[JudgeModelSpec, JudgeModel] = {}

    def __call__(self, wanted: JudgeModelSpec) -> JudgeModel:
        """The model.

        Raises:
            UsageError: it cannot be made as asked.
        """
        if wanted not in self._made:
            self._made[wanted] = equip(self._bare(wanted), wanted, self._accounts)
        return self._made[wanted]

    @property
    def totals(self) -> Totals:
        """What all of them took so far."""
        return self._tally.totals

    @property
    def latencies(self) -> list[float]:
        """Seconds that each judge's call took which was answered since the event began."""
        return self._tally.latencies

    def begin_event(self) -> None:
        """Gives the event that begins its whole budget, and a watch that stands at nothing."""
        self._tally.begin_event()
        if self._till is not None:
            self._till.begin_event()


def _till(spec: RewardSpec, purse: Purse | None) -> Till | None:
    if spec.budget is None:
        return None
    if purse is None:
        if spec.budget.total is not None:
            raise UsageError("budget.total needs a purse that counts what was spent; none is given")
        purse = MemoryPurse()
    return Till(spec.budget, purse)
