"""The preference judge."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.data import Rollout
from nova_rft.judge._request import JudgeModel
from nova_rft.outcome import Outcome
from nova_rft.spec import PreferenceTerm


class PreferenceJudge:
    """See `PreferenceTerm` for the settings."""

    def __init__(self, spec: PreferenceTerm, model: JudgeModel) -> None:
        self._spec = spec
        self._model = model

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One outcome for each rollout."""
        raise NotImplementedError
