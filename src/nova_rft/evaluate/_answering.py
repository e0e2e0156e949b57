"""The contenders' models, each timed inside and remembering outside, on one purse."""

from __future__ import annotations

from collections.abc import Callable

from nova_rft.evaluate._contender import Contender
from nova_rft.evaluate._kept import Kept, Remembering, Timed
from nova_rft.evaluate._until import Until
from nova_rft.judge import JudgeModel
from nova_rft.judge.models import Purse
from nova_rft.reward import JudgeModels
from nova_rft.spec import JudgeModelSpec, RewardSpec


class Answering:
    """Gives each contender's model, with all patience and money around it."""

    def __init__(
        self,
        reward: RewardSpec,
        bare: Callable[[JudgeModelSpec], JudgeModel],
        purse: Purse,
        kept: Kept,
        until: Until | None = None,
    ) -> None:
        """Makes nothing yet.

        Args:
            reward: Its prices and budget count.
            bare: Makes a bare model by what a spec says of it.
            purse: Counts what was spent.
            kept: The answers.
            until: When nothing more is asked.
        """
        self._bare = bare
        self._kept = kept
        self._timed: dict[JudgeModelSpec, Timed] = {}
        # Answers are kept with what they took, so no other cache is needed.
        uncached = reward.model_copy(update={"cache": False})
        self._models = JudgeModels(
            uncached, self._made, purse=purse, recorder=(until or Until(None)).bound
        )

    def of(self, contender: Contender) -> JudgeModel:
        """The contender's model.

        Raises:
            UsageError: it cannot be made as asked.
        """
        model = self._models(contender.model)
        return Remembering(model, self._timed[contender.model], contender, self._kept)

    def _made(self, wanted: JudgeModelSpec) -> JudgeModel:
        self._timed[wanted] = Timed(self._bare(wanted))
        return self._timed[wanted]
