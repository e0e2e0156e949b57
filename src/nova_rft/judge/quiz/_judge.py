"""The quiz judge."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.data import Rollout
from nova_rft.judge._request import JudgeModel
from nova_rft.outcome import Outcome
from nova_rft.spec import QuizTerm


class QuizJudge:
    """See `QuizTerm` for the settings."""

    def __init__(self, spec: QuizTerm, model: JudgeModel, writer: JudgeModel) -> None:
        self._spec = spec
        self._model = model
        self._writer = writer

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One outcome for each rollout."""
        raise NotImplementedError
