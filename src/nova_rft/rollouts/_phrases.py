"""Phrases that many responses share: what a policy may come to say always, or never again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
# Words of a phrase, and how many phrases are looked at.
_LENGTH: Final = 3
_MOST: Final = 20
# In fewer responses a phrase is none that is said often; in nearly all it can hardly spread.
_RARE: Final = 0.05
_COMMON: Final = 0.95
# Of the responses with one phrase, so many with another: the two are parts of one.
_SAME: Final = 0.8


def frequent_phrases(responses_N: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Runs of three words that many responses hold and others do not, as 0 or 1 of each response.

    Those that split the responses most evenly are taken first; of phrases that nearly always come
    together one. None is chosen by its reward, so that intervals keep their meaning.

    Args:
        responses_N: The texts.
    """
    found = [frozenset(_phrases(text)) for text in responses_N]
    counts = Counter(phrase for phrases in found for phrase in phrases)
    total = len(found)
    wanted = [
        phrase
        for phrase, count in counts.items()
        if _RARE * total <= count <= _COMMON * total and count > 1
    ]
    wanted.sort(key=lambda phrase: (abs(2 * counts[phrase] - total), phrase))
    kept: dict[str, NDArray[np.float64]] = {}
    for phrase in wanted[: 10 * _MOST]:
        has_N = np.array([phrase in phrases for phrases in found], dtype=np.float64)
        if not any(_together(has_N, other_N) for other_N in kept.values()):
            kept[phrase] = has_N
        if len(kept) == _MOST:
            break
    return kept


def _phrases(text: str) -> Iterator[str]:
    words = _WORD.findall(text.lower())
    # Numbers make each problem's sentence one of its own.
    words = ["#" if word.isdigit() else word for word in words]
    for place in range(len(words) - _LENGTH + 1):
        run = words[place : place + _LENGTH]
        if run.count("#") < _LENGTH - 1:
            yield " ".join(run)


def _together(one_N: NDArray[np.float64], other_N: NDArray[np.float64]) -> bool:
    both = float(one_N @ other_N)
    return both > _SAME * float(min(one_N.sum(), other_N.sum()))
