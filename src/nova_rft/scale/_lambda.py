"""The engine `lambda`: the deployed reward Lambda, called from here with whole events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nova_rft.aws.reward_lambda import Invoked, RewardLambda
from nova_rft.errors import AwsRefused
from nova_rft.reward.contract import answer_problems
from nova_rft.scale._engine import Answered, Chunk
from nova_rft.scale._ledger import totals_of
from nova_rft.scale._pool import Window, spread
from nova_rft.scale.part import spent_in, too_much


@dataclass(frozen=True, slots=True)
class LambdaEngine:
    """Calls a reward Lambda, as many times at once as it takes.

    Attributes:
        function: At the version that scores.
        concurrency: Events in flight at most.
        patience_s: Seconds without any answer after which it is given up.
    """

    function: RewardLambda
    concurrency: int = 32
    patience_s: float = 900.0
    name: str = "lambda"

    def score(self, chunks: Iterable[Chunk]) -> Iterator[Answered]:
        """What came of each chunk; see `Engine.score`.

        Raises:
            EngineFailed: the function fails from the first event on, or Lambda has no room for it.
            AwsRefused: the function is not there, or may not be called.
        """
        return spread(chunks, self._call, Window(self.concurrency, self.patience_s))

    def _call(self, chunk: Chunk) -> Answered | list[Chunk]:
        try:
            invoked = self.function.invoke(chunk.payload, connections=self.concurrency)
        except AwsRefused as refused:
            if refused.code == "RequestTooLargeException":
                return _smaller(chunk, str(refused))
            raise
        if too_much(invoked.kind, invoked.error):
            return _smaller(chunk, invoked.error)
        return read_answer(chunk, invoked)


def _smaller(chunk: Chunk, why: str) -> Answered | list[Chunk]:
    halves = chunk.halves()
    if len(halves) > 1:
        return halves
    return Answered(chunk, failure=f"one prompt's responses are too much for the Lambda: {why}")


def read_answer(chunk: Chunk, invoked: Invoked) -> Answered:
    """The rows of an answer, or why there are none."""
    if invoked.kind:
        return Answered(chunk, failure=f"the reward Lambda failed: {invoked.error}")
    ids = [given_id(raw) for raw in chunk.raws]
    problems = answer_problems(ids, invoked.answer)
    if problems:
        return Answered(chunk, failure=f"the answer is wrong: {problems[0]}")
    return Answered(chunk, invoked.answer, totals_of(spent_in(invoked.log)))


def given_id(raw: bytes) -> Any:
    """The id that an item came with; None where it has none."""
    item = json.loads(raw)
    return item.get("id") if isinstance(item, dict) else None
