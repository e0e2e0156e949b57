"""Replies of any models by batches, each as it becomes known; what is left is for the caller to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nova_rft.errors import JudgeDeferred, JudgeError, JudgeUnavailable
from nova_rft.judge import JudgeReply, JudgeRequest
from nova_rft.scale.batch._jobs import Jobs
from nova_rft.scale.batch._model import Asking, BatchModel
from nova_rft.spec import BedrockJudge


@dataclass(frozen=True, slots=True)
class Question:
    """A request to a model, and whose it is.

    Attributes:
        of: By what the caller tells whose answer it is.
        model: That is asked.
        request: What.
    """

    of: str
    model: BedrockJudge
    request: JudgeRequest


@dataclass(frozen=True, slots=True)
class _Nobody:
    """Asks nothing on demand."""

    name: str = "batches"
    concurrency: int = 1

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        raise JudgeUnavailable("asked in batches, and not answered")


def batch_replies(
    questions: Iterable[Question], jobs: Jobs
) -> Iterator[tuple[Question, JudgeReply]]:
    """Each question that batches answer, with its reply; the same questions again go on from there.

    Left out are those that a model refuses, those that two batches left without an answer, and all of a
    model that are too few for a batch.

    Raises:
        EngineFailed: a batch failed as a whole.
        AwsRefused: Bedrock refused one.
    """
    jobs.finish()
    waiting = list(questions)
    while waiting:
        models = _models({one.model for one in waiting}, jobs)
        deferred = []
        for one in waiting:
            try:
                yield one, models[one.model].ask(one.request)
            except JudgeDeferred:
                deferred.append(one)
            except JudgeError:
                continue
        few = jobs.plan()
        for model_id in few:
            jobs.store.let_go(model_id)
        jobs.finish()
        waiting = [one for one in deferred if one.model.id not in few]


def _models(specs: Iterable[BedrockJudge], jobs: Jobs) -> dict[BedrockJudge, BatchModel]:
    asking, nobody = Asking(), _Nobody()
    return {
        one: BatchModel(one, jobs.store, asking, nobody, jobs.prices.get(one.id)) for one in specs
    }
