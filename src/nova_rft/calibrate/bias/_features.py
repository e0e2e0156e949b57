"""What a judge may like about a text whatever it says: how long, how wordy, how formatted it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.metrics import Floats

_WORD: Final = re.compile(r"\w+")
_MARKS: Final = re.compile(
    r"^\s{0,3}#{1,6}\s|^\s*(?:[-*+]|\d{1,3}[.)])\s|\*\*[^*\n]+\*\*|^```|`[^`\n]+`|^\s*\|.*\|\s*$",
    re.MULTILINE,
)


def length(text: str) -> float:
    """Characters."""
    return float(len(text))


def verbosity(text: str) -> float:
    """Share of a text's words that it has said before; 0 of an empty one."""
    words = _WORD.findall(text.lower())
    return 1 - len(set(words)) / len(words) if words else 0.0


def style(text: str) -> float:
    """Marks of formatting: headings, list items, bold, code, tables."""
    return float(len(_MARKS.findall(text)))


FEATURES: Final[Mapping[str, Callable[[str], float]]] = {
    "length": length,
    "verbosity": verbosity,
    "style": style,
}


def feature(sheet: Sheet, name: str) -> Floats:
    """A feature of each row's responses: rows x responses."""
    of, seen = FEATURES[name], dict[str, float]()
    for row in sheet.rows:
        for text in row.responses:
            if text not in seen:
                seen[text] = of(text)
    found = [[seen[text] for text in row.responses] for row in sheet.rows]
    return np.array(found, dtype=np.float64).reshape(len(found), 2 if sheet.pairs else 1)
