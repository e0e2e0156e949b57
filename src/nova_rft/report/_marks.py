"""Where a judge's quotations stand in a response."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

# A quotation that leaves something out is looked for part by part; shorter parts are anywhere.
_ELLIPSIS: Final = re.compile(r"\s*(?:\.\.\.|\u2026|\[\.\.\.\])\s*")
_SHORTEST: Final = 3
_QUOTES: Final = " \t\n\"'\u201c\u201d\u2018\u2019`"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a text: plain, or quoted by verdicts.

    Attributes:
        text: The run.
        tone: `good` where a criterion that it shows is met, `bad` where it is not, `mixed` where both;
            empty where nothing quotes it.
    """

    text: str
    tone: str = ""


def found_in(text: str, quotation: str) -> list[tuple[int, int]]:
    """Where a quotation first stands in a text, case and white space aside.

    Part by part where it leaves something out; nothing where one of the parts is not there.
    """
    places: list[tuple[int, int]] = []
    start = 0
    for part in _ELLIPSIS.split(quotation.strip(_QUOTES)):
        words = part.strip(_QUOTES).split()
        if not words:
            continue
        if len(" ".join(words)) < _SHORTEST and words != quotation.split():
            continue
        pattern = r"\s+".join(map(re.escape, words))
        found = re.compile(pattern, re.IGNORECASE).search(text, start)
        if found is None:
            return []
        places.append(found.span())
        start = found.end()
    return places


def marked(text: str, quoted: Sequence[tuple[Sequence[tuple[int, int]], bool]]) -> list[Piece]:
    """The text in runs; quotations may overlap.

    Args:
        text: The response.
        quoted: For each verdict where it is quoted, and whether its criterion is met.
    """
    spans = [(start, end, met) for places, met in quoted for start, end in places]
    cuts = sorted({0, len(text), *(end for span in spans for end in span[:2])})
    pieces: list[Piece] = []
    for start, end in pairwise(cuts):
        over = {met for first, last, met in spans if first <= start and end <= last}
        tone = (
            "mixed" if len(over) > 1 else {True: "good", False: "bad"}[over.pop()] if over else ""
        )
        if pieces and pieces[-1].tone == tone:
            pieces[-1] = Piece(pieces[-1].text + text[start:end], tone)
        else:
            pieces.append(Piece(text[start:end], tone))
    return pieces or [Piece(text)]
