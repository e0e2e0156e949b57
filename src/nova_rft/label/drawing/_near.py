"""What reads the same but for little: nobody should be asked about it twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import regex

# As for records: see `nova_rft.data.check`. Runs of three words, four fifths of them shared.
_WORDS: Final = 3
_THRESHOLD: Final = 0.8
# Scripts without spaces between words: each character is taken for a word.
_UNSPACED: Final = regex.compile(
    r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"
)

# Hashes of a text's runs of words.
Runs = frozenset[int]


def plain(text: str) -> str:
    """A text without what its layout alone adds: texts that are equal so are the same response."""
    return " ".join(text.split())


def runs(text: str) -> Runs:
    """All runs of words of a text. A text of fewer is one run."""
    words = _UNSPACED.sub(r" \1 ", text.lower()).split()
    return frozenset(
        hash(tuple(words[at : at + _WORDS])) for at in range(max(1, len(words) - _WORDS + 1))
    )


class Seen:
    """What was drawn before."""

    def __init__(self, items: Iterable[Sequence[str]]) -> None:
        """Takes items as their texts: the prompt, then one response or two."""
        self._items = [tuple(map(runs, texts)) for texts in items]

    def takes(self, texts: Sequence[str]) -> bool:
        """Whether an item reads like none before it; it then is one of them."""
        item = tuple(map(runs, texts))
        if any(_near(item, other) for other in self._items):
            return False
        self._items.append(item)
        return True


def _near(one: Sequence[Runs], other: Sequence[Runs]) -> bool:
    """Whether prompts and responses are alike, in whichever order two responses stand."""
    if not _alike(one[0], other[0]):
        return False
    mine, theirs = one[1:], other[1:]
    return all(map(_alike, mine, theirs)) or all(map(_alike, mine, theirs[::-1]))


def _alike(one: Runs, other: Runs) -> bool:
    few, many = sorted((len(one), len(other)))
    if few < _THRESHOLD * many:
        return False
    shared = len(one & other)
    return shared >= _THRESHOLD * (few + many - shared)
