"""Penalties and rewards on length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.measure import splitter
from nova_rft.spec import (
    CosineLengthTerm,
    FollowingTerm,
    LengthTerm,
    LinearLengthTerm,
    SoftOverlongTerm,
)


def soft_overlong(length: int, *, max_length: int, buffer: int) -> float:
    """0 up to `max_length - buffer`, then falling in a straight line to -1 at `max_length`.

    DAPO (arXiv 2503.14476), equation 13, clamped: at any length beyond `max_length` it stays -1,
    where the code of verl and NeMo-RL goes on falling.
    """
    free = max_length - buffer
    return -min(max(length - free, 0) / buffer, 1.0)


def linear_length(length: int, *, target: int, floor: float) -> float:
    """0 up to the target, then (target - length) / target, never below the floor."""
    return max(min((target - length) / target, 0.0), floor)


def kimi_length(length: int, *, shortest: int, longest: int, right: bool) -> float:
    """Length reward of Kimi k1.5 (arXiv 2501.12599): of a right answer lambda, else min(0, lambda).

    lambda = 0.5 - (length - shortest) / (longest - shortest) within the group; 0 where all are equally
    long.
    """
    if longest == shortest:
        return 0.0
    gain = 0.5 - (length - shortest) / (longest - shortest)
    return gain if right else min(0.0, gain)


def cosine_length(
    length: int, *, max_length: int, ends: tuple[float, float], exceeded: float
) -> float:
    """From `ends[0]` at length 0 to `ends[1]` at `max_length` along half a cosine; then `exceeded`.

    arXiv 2502.03373: at the limit and beyond it is flat, where open-r1's code climbs again.
    """
    if length >= max_length:
        return exceeded
    first, last = ends
    return last + (first - last) * (1 + math.cos(math.pi * length / max_length)) / 2


class _Length(EachRollout):
    def __init__(self, spec: LengthTerm, folder: Path) -> None:
        """Loads the tokenizer, where there is one.

        Raises:
            UsageError: its file is missing or is none.
        """
        self._unit = spec.unit.value
        self._split = splitter(spec.unit, spec.tokenizer, folder)

    def length(self, rollout: Rollout) -> int:
        """The response's length in the spec's unit."""
        return len(self._split(rollout.response))

    def _scored(self, value: float, length: int) -> Score:
        return Score(value + 0.0, {"length": length, "unit": self._unit})


class SoftOverlong(_Length):
    """The penalty of `soft_overlong` on each response."""

    def __init__(self, spec: SoftOverlongTerm, folder: Path) -> None:
        super().__init__(spec, folder)
        self._spec = spec

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        length = self.length(rollout)
        limits = {"max_length": self._spec.max_length, "buffer": self._spec.buffer}
        return self._scored(soft_overlong(length, **limits), length)


class LinearLength(_Length):
    """The penalty of `linear_length` on each response."""

    def __init__(self, spec: LinearLengthTerm, folder: Path) -> None:
        super().__init__(spec, folder)
        self._spec = spec

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        length = self.length(rollout)
        value = linear_length(length, target=self._spec.target, floor=self._spec.floor)
        return self._scored(value, length)


class _Following(_Length):
    """Base of lengths that count differently for right and for wrong responses."""

    def __init__(self, spec: FollowingTerm, folder: Path) -> None:
        super().__init__(spec, folder)
        self._right_from = spec.right_from

    def right(self, outcome: Score) -> bool:
        """Whether the followed term says so."""
        return outcome.value >= self._right_from


class KimiLength(_Following):
    """`kimi_length` within each group; a response that was not told right or wrong abstains."""

    def score_after(
        self, rollouts: Sequence[Rollout], followed: Sequence[Outcome]
    ) -> list[Outcome]:
        """One value for each rollout; those that were not told are not among the group's lengths."""
        lengths = [self.length(rollout) for rollout in rollouts]
        spans: dict[str, tuple[int, int]] = {}
        for rollout, length, outcome in zip(rollouts, lengths, followed, strict=True):
            if isinstance(outcome, Score):
                low, high = spans.get(rollout.group, (length, length))
                spans[rollout.group] = (min(low, length), max(high, length))
        return [
            self._value(length, spans[rollout.group], outcome)
            if isinstance(outcome, Score)
            else outcome
            for rollout, length, outcome in zip(rollouts, lengths, followed, strict=True)
        ]

    def _value(self, length: int, span: tuple[int, int], outcome: Score) -> Score:
        value = kimi_length(length, shortest=span[0], longest=span[1], right=self.right(outcome))
        return self._scored(value, length)


class CosineLength(_Following):
    """`cosine_length` on each response; one that was not told right or wrong abstains."""

    def __init__(self, spec: CosineLengthTerm, folder: Path) -> None:
        super().__init__(spec, folder)
        self._spec = spec

    def score_after(
        self, rollouts: Sequence[Rollout], followed: Sequence[Outcome]
    ) -> list[Outcome]:
        """One value for each rollout."""
        return [
            self._value(self.length(rollout), outcome) if isinstance(outcome, Score) else outcome
            for rollout, outcome in zip(rollouts, followed, strict=True)
        ]

    def _value(self, length: int, outcome: Score) -> Score:
        ends = self._spec.right if self.right(outcome) else self._spec.wrong
        value = cosine_length(
            length, max_length=self._spec.max_length, ends=ends, exceeded=self._spec.exceeded
        )
        return self._scored(value, length)
