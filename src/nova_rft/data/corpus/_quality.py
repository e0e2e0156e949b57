"""Which documents go by what their words and lines look like.

The measures are those of Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from
Training Gopher", appendix A1.1. Left out: its list of English stop words, which other languages fail,
and its measures of repeated n-grams, which near duplicates and repeated lines cover in part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from nova_rft.spec import Quality

_SYMBOLS: Final = re.compile(r"#|\.\.\.|…")
_BULLET: Final = re.compile(r"[-*•‣▪◦]\s")


def quality_problem(text: str, bounds: Quality) -> str:
    """The name of the first bound that a text breaks; empty where it keeps all."""
    words = text.split()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for name, measure in _MEASURES.items():
        low, high = _bound(bounds, "min_" + name), _bound(bounds, "max_" + name)
        if low is None and high is None:
            continue
        value = measure(text, words, lines)
        if low is not None and value < low:
            return f"min_{name}"
        if high is not None and value > high:
            return f"max_{name}"
    return ""


def _bound(bounds: Quality, name: str) -> float | None:
    value: float | None = getattr(bounds, name, None)
    return value


def _share(count: float, of: Sequence[str]) -> float:
    return count / len(of) if of else 0.0


def _words(_: str, words: Sequence[str], __: Sequence[str]) -> float:
    return len(words)


def _word_length(_: str, words: Sequence[str], __: Sequence[str]) -> float:
    return _share(sum(map(len, words)), words)


def _symbols(text: str, words: Sequence[str], _: Sequence[str]) -> float:
    return _share(len(_SYMBOLS.findall(text)), words)


def _alphabetic(_: str, words: Sequence[str], __: Sequence[str]) -> float:
    return _share(sum(any(map(str.isalpha, word)) for word in words), words)


def _bullets(_: str, __: Sequence[str], lines: Sequence[str]) -> float:
    return _share(sum(_BULLET.match(line) is not None for line in lines), lines)


def _ellipses(_: str, __: Sequence[str], lines: Sequence[str]) -> float:
    return _share(sum(line.endswith(("...", "…")) for line in lines), lines)


def _repeated_lines(_: str, __: Sequence[str], lines: Sequence[str]) -> float:
    seen: set[str] = set()
    repeated = 0
    for line in lines:
        repeated += len(line) if line in seen else 0
        seen.add(line)
    everything = sum(map(len, lines))
    return repeated / everything if everything else 0.0


_MEASURES: Final[dict[str, Callable[[str, Sequence[str], Sequence[str]], float]]] = {
    "words": _words,
    "word_length": _word_length,
    "symbols": _symbols,
    "alphabetic": _alphabetic,
    "bullets": _bullets,
    "ellipses": _ellipses,
    "repeated_lines": _repeated_lines,
}
