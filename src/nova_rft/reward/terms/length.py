"""Penalties on length."""

from __future__ import annotations

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.spec import LengthUnit, SoftOverlongTerm


def length_of(text: str, unit: LengthUnit) -> int:
    """Length of a text in the given unit; words are what spaces separate."""
    return len(text) if unit is LengthUnit.CHARACTERS else len(text.split())


def soft_overlong(length: int, *, max_length: int, buffer: int) -> float:
    """0 up to `max_length - buffer`, then falling in a straight line to -1 at `max_length`.

    DAPO (arXiv 2503.14476), equation 13, clamped: at any length beyond `max_length` it stays -1,
    where the code of verl and NeMo-RL goes on falling.
    """
    free = max_length - buffer
    return -min(max(length - free, 0) / buffer, 1.0)


class SoftOverlong(EachRollout):
    """The penalty of `soft_overlong` on each response."""

    def __init__(self, spec: SoftOverlongTerm) -> None:
        self._spec = spec

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        length = length_of(rollout.response, self._spec.unit)
        value = soft_overlong(length, max_length=self._spec.max_length, buffer=self._spec.buffer)
        return Score(value, {"length": length, "unit": self._spec.unit.value})
