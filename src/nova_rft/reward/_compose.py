"""Rules that make one number of several terms' values: pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from nova_rft.spec import Combine, RewardSpec, TermSpec

# What each term adds to, or multiplies into, the reward; and the reward before its range.
Parts = dict[str, float]


class Rule:
    """The spec's way of combining some terms' clipped values; weights of 0 only measure."""

    def __init__(self, spec: RewardSpec, terms: Sequence[TermSpec]) -> None:
        """Chooses the rule.

        Args:
            spec: Its `combine`, `scale`, `levels` and `range` count.
            terms: Whose values there will be: all of the spec, or those that need no judge.
        """
        self._range = spec.range
        self._terms = {term.name: term for term in terms if term.weight != 0}
        combine: Callable[[Mapping[str, float]], Parts]
        total: Callable[[Iterable[float]], float]
        match spec.combine:
            case Combine.WEIGHTED_SUM:
                combine, total = self._weigh, math.fsum
                bounds = self._span() if spec.scale == "linear" else None
            case Combine.GATED_PRODUCT:
                combine, total, bounds = self._multiply, math.prod, (0.0, 1.0)
            case Combine.LEXICOGRAPHIC:
                combine, total, bounds = self._order, math.fsum, (0.0, 1.0)
        self._levels = spec.levels
        self._combine, self._total, self._bounds = combine, total, bounds

    def parts(self, values: Mapping[str, float]) -> Parts:
        """What each value that there is contributes; a term that only measures contributes 0."""
        known = {name: values[name] for name in self._terms if name in values}
        return {name: 0.0 for name in values if name not in known} | self._combine(known)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the most before the range, which is stretched onto it; None: it cuts off."""
        return self._bounds

    def before(self, parts: Parts) -> float:
        """The terms together, before the declared range."""
        return self._total(part for name, part in parts.items() if name in self._terms)

    def total(self, parts: Parts) -> float:
        """The reward, inside the declared range."""
        value = self.before(parts)
        low, high = self._range
        if self._bounds is not None:
            least, most = self._bounds
            value = low + (high - low) * ((value - least) / (most - least) if most > least else 1.0)
        return min(max(value, low), high)

    def _weigh(self, values: Mapping[str, float]) -> Parts:
        return {name: self._terms[name].weight * value + 0.0 for name, value in values.items()}

    def _span(self) -> tuple[float, float]:
        """The least and the most that the weighted sum can be."""
        ends = [
            sorted(term.weight * end for end in term.bounds or (0.0, 0.0))
            for term in self._terms.values()
        ]
        return math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends)

    def _multiply(self, values: Mapping[str, float]) -> Parts:
        return {
            # A penalty lies between -1 and 0: what it leaves is the factor.
            name: (1 + value if self._is_penalty(name) else value) ** self._terms[name].weight
            for name, value in values.items()
        }

    def _is_penalty(self, name: str) -> bool:
        low, _ = self._terms[name].bounds or (0.0, 0.0)
        return low < 0

    def _order(self, values: Mapping[str, float]) -> Parts:
        """Each value as a digit: those of earlier terms stand before those of later ones."""
        order = list(reversed(self._terms))
        most = self._levels ** len(order) - 1
        parts = {}
        for place, name in enumerate(order):
            if name not in values:
                continue
            value = values[name]
            low, high = self._terms[name].bounds or (0.0, 1.0)
            share = (value - low) / (high - low) if high > low else 0.0
            share = 1 - share if self._terms[name].weight < 0 else share
            digit = round(min(max(share, 0.0), 1.0) * (self._levels - 1))
            parts[name] = digit * self._levels**place / most
        return parts
