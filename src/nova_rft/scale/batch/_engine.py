"""The engine `batch`: judges' questions in Bedrock's batches, their replies scored here.

Events are scored again and again by the same code as everywhere; a question whose reply is not known is
taken down, and answered by the next batch. An event is done once nothing was taken down for it. So
judges that ask again, or ask one question after the other, take several rounds, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nova_rft.errors import UsageError
from nova_rft.judge import JudgeModel
from nova_rft.judge.models import formed, patient
from nova_rft.reward import JudgeModels, RewardAbstained, RewardFunction, answer, read_event
from nova_rft.scale._engine import Answered, Chunk, EngineFailed
from nova_rft.scale.batch._check import check_batchable
from nova_rft.scale.batch._jobs import Jobs
from nova_rft.scale.batch._model import Asking, BatchModel
from nova_rft.scale.batch._store import Store
from nova_rft.scale.estimate import BATCH_PRICE
from nova_rft.spec import BedrockJudge, JudgeModelSpec, RewardSpec

# Bytes of a question for a token.
_BYTES: Final = 4
MakeModel = Callable[[JudgeModelSpec], JudgeModel]


class BatchModels(JudgeModels):
    """Gives each judge of a reward a model over one store, for one pass over the events."""

    def __init__(self, reward: RewardSpec, bare: MakeModel, store: Store, asking: Asking) -> None:
        """Takes what makes a model that answers at once."""
        # A budget is the engine's matter: a reply is paid for before it is looked at here.
        super().__init__(reward.model_copy(update={"budget": None, "cache": False}), bare)
        self._reward = reward
        self._live = bare
        self._store = store
        self._asking = asking
        self._models: dict[JudgeModelSpec, JudgeModel] = {}

    def __call__(self, wanted: JudgeModelSpec) -> JudgeModel:
        """The model."""
        if not isinstance(wanted, BedrockJudge):
            raise UsageError(f"a judge of the provider {wanted.provider} cannot be batched")
        if wanted not in self._models:
            live = patient(self._live(wanted), wanted)
            price = self._reward.prices.get(wanted.id)
            model = BatchModel(wanted, self._store, self._asking, live, price)
            self._models[wanted] = formed(model, wanted)
        return self._models[wanted]


@dataclass(frozen=True, slots=True)
class BatchEngine:
    """Scores events by batches; what is too little for a batch is asked on demand.

    Attributes:
        reward: The reward.
        folder: What files and modules that it names are relative to.
        bare: Makes a model that answers at once.
        jobs: Batches, and the store of what they asked.
    """

    reward: RewardSpec
    folder: Path
    bare: MakeModel
    jobs: Jobs
    name: str = "batch"

    def score(self, chunks: Iterable[Chunk]) -> Iterator[Answered]:
        """What came of each chunk, once all of its questions are answered; see `Engine.score`.

        Raises:
            UsageError: a judge cannot be batched.
            EngineFailed: a batch failed, a judge refuses every question, or the budget is spent.
        """
        models = check_batchable(self.reward)
        store = self.jobs.store
        # One question on demand to a model that never answered: in which form it does, and whether.
        live = {one.id: 1 for one in models if not store.answered(one.id)}
        self.jobs.finish()
        while True:
            left = 0
            asking = Asking(live)
            function = self._function(asking)
            for chunk in chunks:
                told = self._scored(function, asking, chunk)
                if asking.refused is not None:
                    raise EngineFailed(f"nothing was batched: {asking.refused}")
                if told is None:
                    left += 1
                    continue
                yield told
            if not left:
                return
            self._can_pay(models)
            few = self.jobs.plan()
            live = {model: int(self.jobs.quotas.batch_least) for model in few}
            self.jobs.finish()

    def _function(self, asking: Asking) -> RewardFunction:
        models = BatchModels(self.reward, self.bare, self.jobs.store, asking)
        return RewardFunction(self.reward, models, folder=self.folder)

    def _scored(self, function: RewardFunction, asking: Asking, chunk: Chunk) -> Answered | None:
        """What came of a chunk; None where questions of it wait."""
        asking.waits, asking.used = 0, []
        try:
            rows = answer(function.score(read_event(json.loads(chunk.payload))))
        except RewardAbstained as abstained:
            if asking.waits:
                return None
            return Answered(chunk, failure=str(abstained))
        if asking.waits:
            return None
        return Answered(chunk, rows, self.jobs.store.tell(asking.used))

    def _can_pay(self, models: Iterable[BedrockJudge]) -> None:
        """Refuses a round that the budget may not cover, before any of it is sent.

        Raises:
            EngineFailed: if every reply is as long as it may be, the total would be passed.
        """
        budget = self.reward.budget
        if budget is None or budget.total is None:
            return
        spent, most = self.jobs.store.cost, 0.0
        longest = {one.id: one.max_tokens for one in models}
        for model, (count, size) in self.jobs.store.waiting().items():
            price = self.reward.prices.get(model)
            if price is None:
                raise EngineFailed(f"budget.total needs a price for {model}; add it")
            tokens = size / _BYTES * price.input + count * longest[model] * price.output
            most += BATCH_PRICE * tokens / 1_000_000
        if spent + most > budget.total:
            raise EngineFailed(
                f"the next batches may cost {budget.currency} {most:.2f}, and {spent:.2f} of "
                f"budget.total of {budget.total:g} is spent; nothing of them was sent"
            )
