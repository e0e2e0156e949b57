"""The labels of one criterion, and where they lie on a scale, if on any."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from nova_rft.calibrate.labels import PAIR_LABELS, Label, Verdict

UNREADABLE: Final = -1

# Words that say themselves which of two is the better one.
_OPPOSITES: Final = {
    "pass": "fail", "passed": "failed", "yes": "no", "true": "false", "good": "bad", "accept": "reject",
    "correct": "incorrect", "right": "wrong", "positive": "negative", "up": "down",
}  # fmt: skip
_POSITIVE: Final = frozenset(_OPPOSITES)
_NEGATIVE: Final = frozenset(_OPPOSITES.values())


@dataclass(frozen=True, slots=True)
class Scale:
    """What can be said on one criterion.

    Attributes:
        labels: All that people used, the worst first where they have an order.
        places: Where each lies; None where labels have no order.
        numeric: Whether labels are numbers, and places are they themselves.
        known: Whether it is known which end is the better one.
    """

    labels: tuple[Label, ...]
    places: tuple[float, ...] | None
    numeric: bool = False
    known: bool = True

    @classmethod
    def of_pairs(cls) -> Self:
        """a, tie and b: 1, 0 and -1 for a."""
        return cls(PAIR_LABELS, (1.0, 0.0, -1.0))

    @classmethod
    def of(cls, used: Collection[Label], order: Sequence[str] = ()) -> Self:
        """The scale of some labels.

        Args:
            used: All that people used, numbers or words.
            order: Words from the worst to the best, where the user says so.
        """
        if any(isinstance(label, float) for label in used):
            numbers = sorted(label for label in used if isinstance(label, float))
            return cls(tuple(numbers), tuple(numbers), numeric=True)
        words = sorted(_with_opposite([str(label) for label in used]))
        if order and set(words) <= set(order):
            return cls(tuple(order), tuple(map(float, range(len(order)))))
        if len(words) > 2:
            return cls(tuple(words), None)
        # Of two words either order gives the same agreement; it is known where one says so itself.
        goodness = [(w.lower() in _POSITIVE) - (w.lower() in _NEGATIVE) for w in words]
        words = [word for _, word in sorted(zip(goodness, words, strict=True))]
        known = len(words) == 2 and goodness[0] != goodness[1]
        return cls(tuple(words), tuple(map(float, range(len(words)))), known=known)

    @property
    def binary(self) -> bool:
        """Whether there are two words, and it is known which is the better one."""
        return self.known and not self.numeric and len(self.labels) == 2 and self.places is not None

    def share(self, label: Label | None) -> float | None:
        """How far up the scale a label lies, 0 to 1; None for what lies nowhere."""
        if label is None or self.places is None:
            return None
        if self.numeric:
            place = label if isinstance(label, float) else None
        else:
            place = self.places[self.labels.index(label)] if label in self.labels else None
        low, high = min(self.places), max(self.places)
        return None if place is None or high == low else (place - low) / (high - low)

    def read(self, verdict: Verdict) -> Verdict:
        """A verdict in the scale's own labels; unreadable where it is none of them.

        A number of 0 to 1 is read as one of two words, where it is known which is the better one.
        """
        label = verdict.label
        if isinstance(label, float) == self.numeric:
            return verdict
        if isinstance(label, float) and self.binary and 0 <= label <= 1:
            return Verdict(self.from_share(label), label)
        return Verdict(None)

    def from_share(self, share: float) -> Label:
        """The label that a judge's number of 0 to 1 stands for: of two words, or the nearest number."""
        if self.binary:
            return self.labels[int(share >= 0.5)]
        low, high = float(self.labels[0]), float(self.labels[-1])
        wanted = low + share * (high - low)
        return min(self.labels, key=lambda label: abs(float(label) - wanted))


def _with_opposite(words: list[str]) -> list[str]:
    """Where people used one word alone, what they would have said otherwise, if that is known."""
    both = {**_OPPOSITES, **{worse: better for better, worse in _OPPOSITES.items()}}
    return [*words, both[words[0]]] if len(words) == 1 and words[0] in both else words


class Coder:
    """Turns labels of a scale into numbers."""

    def __init__(self, scale: Scale) -> None:
        self._numeric = scale.numeric
        self._codes: dict[Label | None, int] = {label: n for n, label in enumerate(scale.labels)}
        self._places = dict(zip(scale.labels, scale.places or (), strict=False))

    def codes(self, labels: Iterable[Label | None]) -> list[int]:
        """Each label's number, the worst label's first; `UNREADABLE` for what is none."""
        return [self._codes.get(label, UNREADABLE) for label in labels]

    def places(self, labels: Iterable[Label | None]) -> list[float]:
        """Where labels lie; NaN for what lies nowhere."""
        if self._numeric:
            return [label if isinstance(label, float) else math.nan for label in labels]
        return [math.nan if one is None else self._places.get(one, math.nan) for one in labels]
