"""What reads the same but for little: nobody should be asked about it twice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import regex

# As for records: see `nova_rft.data.check`. Runs of three words, four fifths of them shared.
_WORDS: Final = 3
_THRESHOLD: Final = 0.8
# Scripts without spaces between words: each character is taken for a word.
_UNSPACED: Final = regex.compile(
    r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"
)

Runs = frozenset[tuple[str, ...]]


def plain(text: str) -> str:
    """A text without what its layout alone adds: texts that are equal so are the same response."""
    return " ".join(text.split())


def near(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two items read nearly the same.

    Args:
        one: Its prompt, then its one response or its two, whose order does not matter.
        other: The other's.
    """
    if not _near(one[0], other[0]):
        return False
    mine, theirs = one[1:], other[1:]
    return _all_near(mine, theirs) or _all_near(mine, theirs[::-1])


def _all_near(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    return len(mine) == len(theirs) and all(map(_near, mine, theirs))


def _near(one: str, other: str) -> bool:
    if one == other:
        return True
    left, right = _runs(one), _runs(other)
    few, many = sorted((len(left), len(right)))
    return few >= _THRESHOLD * many and len(left & right) >= _THRESHOLD * len(left | right)


@lru_cache(maxsize=4096)
def _runs(text: str) -> Runs:
    """All runs of words. A text of fewer is one run."""
    words = _UNSPACED.sub(r" \1 ", text.lower()).split()
    return frozenset(
        tuple(words[at : at + _WORDS]) for at in range(max(1, len(words) - _WORDS + 1))
    )
