"""What became of a figure from the start of a rehearsal to its end, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nova_rft.rehearse._measure import Step

# Steps whose rollouts make the start and the end: a hack may be through after ten.
_AT_START: Final = 2
_AT_END: Final = 6
_SMOOTH: Final = 5
# Standard errors that a change must exceed.
_SURE: Final = 3.0
# Rollouts of a prompt are alike: so many count as one.
_ALIKE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Course:
    """A figure's way.

    Attributes:
        first: Its mean over the first steps and the first look at held-out prompts.
        last: Its mean over the last ones.
        noise: What chance alone makes of the difference, at most.
    """

    first: float
    last: float
    noise: float

    @property
    def change(self) -> float:
        """The last less the first."""
        return self.last - self.first

    @property
    def rose(self) -> bool:
        """Whether it rose for sure."""
        return self.change > self.noise

    @property
    def fell(self) -> bool:
        """Whether it fell for sure."""
        return -self.change > self.noise


def course(
    steps: Sequence[Step], name: str, deviation: str | None = None, *, held_out: bool = True
) -> Course | None:
    """The way of a figure; None where no step has it.

    Args:
        steps: Steps and looks, in order.
        name: The figure.
        deviation: The figure that says how much rollouts differ in it; else no noise is known.
        held_out: Whether looks at held-out prompts count too.
    """
    trained = [one for one in steps if name in one.figures and not one.held_out]
    looks = [one for one in steps if name in one.figures and one.held_out] if held_out else []
    if not trained:
        return None
    end = max(min(_AT_END, len(trained) // 2), 1)
    start = [*trained[:_AT_START], *looks[:1]]
    # A look from the middle is no look at the end.
    late = [one for one in looks[1:] if one.number >= trained[-1].number]
    last = [*trained[-end:], *late]
    noise = math.hypot(*(_error(part, deviation) for part in (start, last))) * _SURE
    return Course(_mean(start, name), _mean(last, name), noise)


def smoothed(steps: Sequence[Step], name: str) -> list[tuple[int, float]]:
    """Steps and the figure's mean over a few steps around each; looks are left out."""
    known = [
        (one.number, one.figures[name]) for one in steps if name in one.figures and not one.held_out
    ]
    found = []
    for place, (number, _) in enumerate(known):
        around = known[max(place - _SMOOTH // 2, 0) : place + _SMOOTH // 2 + 1]
        found.append((number, math.fsum(value for _, value in around) / len(around)))
    return found


def _mean(steps: Sequence[Step], name: str) -> float:
    rollouts = sum(one.rollouts for one in steps)
    return math.fsum(one.figures[name] * one.rollouts for one in steps) / rollouts


def _error(steps: Sequence[Step], deviation: str | None) -> float:
    """Standard error of the mean over all rollouts of some steps."""
    if deviation is None:
        return 0.0
    rollouts = sum(one.rollouts for one in steps)
    squares = math.fsum(one.figures[deviation] ** 2 * one.rollouts for one in steps)
    return math.sqrt(_ALIKE * squares) / rollouts
