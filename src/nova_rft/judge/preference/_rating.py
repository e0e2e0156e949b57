"""From games to one number for each player: pure arithmetic."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Final

# (a, b, what a gets: 0 to 1)
Result = tuple[int, int, float]

_ROUNDS: Final = 10_000
_CLOSE: Final = 1e-10
_RIDGE: Final = 1.0


def borda(results: Sequence[Result], players: int, virtual: float) -> list[float]:
    """Share of games won, a tie counting half, shrunk by `virtual` drawn games: 0 to 1.

    Pref-GRPO's win rate (arXiv 2508.20751) with a prior: one win out of one is (1 + v/2) / (1 + v).
    """
    points = [virtual / 2] * players
    played = [virtual] * players
    for a, b, share in results:
        points[a] += share
        points[b] += 1 - share
        played[a] += 1
        played[b] += 1
    return [won / games for won, games in zip(points, played, strict=True)]


def bradley_terry(results: Sequence[Result], players: int, virtual: float) -> list[float]:
    """Log strengths by Hunter's MM algorithm (Annals of Statistics 32, 2004), not yet centred.

    Each player has `virtual` drawn games against one of strength 1, which keeps the undefeated and the
    winless finite, and strengths comparable where the games fall into separate parts.
    """
    won = [virtual / 2] * players
    met: list[dict[int, int]] = [{} for _ in range(players)]
    for a, b, share in results:
        won[a] += share
        won[b] += 1 - share
        met[a][b] = met[a].get(b, 0) + 1
        met[b][a] = met[b].get(a, 0) + 1
    strength = [1.0] * players
    for _ in range(_ROUNDS):
        new = [_updated(place, strength, won, met, virtual) for place in range(players)]
        moved = max((abs(math.log(n / o)) for n, o in zip(new, strength, strict=True)), default=0.0)
        strength = new
        if moved < _CLOSE:
            break
    return [math.log(one) for one in strength]


def _updated(
    place: int,
    strength: Sequence[float],
    won: Sequence[float],
    met: Sequence[Mapping[int, int]],
    virtual: float,
) -> float:
    mine = strength[place]
    against = math.fsum(n / (mine + strength[other]) for other, n in met[place].items())
    return won[place] / (against + virtual / (mine + 1.0))


def without_length(results: Sequence[Result], differences: Sequence[float]) -> list[Result]:
    """The results less what length alone explains of them (after arXiv 2404.04475).

    A logistic regression (ridge 1, no intercept) of a's share on d = tanh(length difference / its
    standard deviation) over all games gives beta; each share s becomes s - (sigmoid(beta d) - 1/2),
    clipped to 0 to 1: the verdict read off at difference 0.

    Args:
        results: All games of an event.
        differences: For each game a's length less b's, in characters.
    """
    spread = statistics.pstdev((*differences, *(-one for one in differences))) if results else 0.0
    if spread == 0:
        return list(results)
    signs = [math.tanh(one / spread) for one in differences]
    beta = _slope([share for _, _, share in results], signs)
    return [
        (a, b, min(max(share - (_sigmoid(beta * sign) - 0.5), 0.0), 1.0))
        for (a, b, share), sign in zip(results, signs, strict=True)
    ]


def _slope(shares: Sequence[float], signs: Sequence[float]) -> float:
    """Newton's method; the ridge makes the maximum unique and finite."""
    beta = 0.0
    for _ in range(100):
        fitted = [_sigmoid(beta * sign) for sign in signs]
        up = math.fsum(d * (y - p) for d, y, p in zip(signs, shares, fitted, strict=True))
        curve = math.fsum(d * d * p * (1 - p) for d, p in zip(signs, fitted, strict=True))
        step = (up - _RIDGE * beta) / (curve + _RIDGE)
        beta += step
        if abs(step) < _CLOSE:
            break
    return beta


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
