"""The verifier of length in a window."""

from __future__ import annotations

from pathlib import Path

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.measure import splitter
from nova_rft.spec import LengthWindowTerm


class LengthWindow(EachRollout):
    """1 when the response's length lies in the window, ends included, else 0."""

    def __init__(self, spec: LengthWindowTerm, folder: Path) -> None:
        """Loads the tokenizer, where there is one.

        Raises:
            UsageError: its file is missing or is none.
        """
        self._spec = spec
        self._split = splitter(spec.unit, spec.tokenizer, folder)

    def score_one(self, rollout: Rollout) -> Outcome:
        """1 or 0."""
        length = len(self._split(rollout.response))
        inside = self._spec.min_length <= length <= self._spec.max_length
        return Score(float(inside), {"length": length, "unit": self._spec.unit.value})
