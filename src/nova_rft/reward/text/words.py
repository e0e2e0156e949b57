"""Words as people see them, whatever their dress: case, accents of type, invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

# Scripts written without spaces: there each character counts as a word.
_SOLID: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD: Final = re.compile(rf"[{_SOLID}]|[^\W_{_SOLID}]+")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
# Letters of other scripts that look Latin, against words spelt to slip past a list of phrases.
_LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c4\u0131\u0251\u0261",
    "aeopcyxijsdhqwaopvikt\u0069ag",
)
# Invisible twins of ASCII, in which whole sentences can hide.
_TAGS: Final = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
_QUOTES: Final = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
)


def plain(text: str) -> str:
    """The text in one dress: compatibility forms, folded case, plain quotes, single spaces.

    Invisible format characters (zero-width spaces, soft hyphens) are gone; text written in tag
    characters shows.
    """
    same = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    if not same.isascii():
        same = same.translate(_TAGS)
        same = "".join(c for c in same if unicodedata.category(c) != "Cf")
    return " ".join(same.split())


def skeleton(text: str) -> str:
    """`plain`, and without accents and look-alike letters: what a list of phrases is held against."""
    same = plain(text)
    if same.isascii():
        return same
    parts = unicodedata.normalize("NFD", same)
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).translate(_LOOKALIKES)


def words_of(text: str) -> list[str]:
    """The words of a text in `plain` dress, without punctuation."""
    return _WORD.findall(plain(text))


def sentences_of(text: str) -> list[str]:
    """Sentences, or lines where there are no full stops; empty ones left out."""
    return [part for part in _SENTENCE.split(text) if part and part.strip()]


def covered_share(words: Sequence[str], sources: Iterable[Sequence[str]], n: int) -> float:
    """Share of words that lie in a run of n words which a source holds too; 0 for fewer than n."""
    if len(words) < n:
        return 0.0
    known = {run for source in sources for run in _runs(source, n)}
    covered = bytearray(len(words))
    for start, run in enumerate(_runs(words, n)):
        if run in known:
            covered[start : start + n] = b"\x01" * n
    return sum(covered) / len(words)


def _runs(words: Sequence[str], n: int) -> Iterable[tuple[str, ...]]:
    return zip(*(words[offset:] for offset in range(n)), strict=False)
