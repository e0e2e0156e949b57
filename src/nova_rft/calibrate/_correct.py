"""Chances of several tests, corrected for having looked at all of them."""

from __future__ import annotations

from collections.abc import Sequence


def holm(chances: Sequence[float]) -> list[float]:
    """Corrected so that one false finding among all is no likelier than the level.

    Holm, Scandinavian Journal of Statistics 6, 1979; holds however the tests depend on each other.
    """
    corrected = [0.0] * len(chances)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda n: chances[n])):
        least = max(least, min((len(chances) - rank) * chances[place], 1.0))
        corrected[place] = least
    return corrected


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """Corrected so that of all findings the expected share of false ones is no more than the level.

    Benjamini and Hochberg, Journal of the Royal Statistical Society B 57, 1995; holds where tests are
    independent or rise together (Benjamini and Yekutieli, Annals of Statistics 29, 2001).
    """
    corrected = [0.0] * len(chances)
    most = 1.0
    order = sorted(range(len(chances)), key=lambda n: chances[n], reverse=True)
    for passed, place in enumerate(order):
        most = min(most, chances[place] * len(chances) / (len(chances) - passed))
        corrected[place] = most
    return corrected
