"""Finding the final answer in a text: what follows the last marker, or the last number."""

from __future__ import annotations

import re
from typing import Final

_MARKER: Final = re.compile(
    r"(?:^|\n)[ \t>*]*(?:final[ \t]+)?(?:A|answer)[ \t]*(?:\*\*)?:(?:\*\*)?[ \t]*([^\n]*)"
    r"|####[ \t]*([^\n]*)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?|-?\$?\.\d+%?")
_BOXED: Final = re.compile(r"\\boxed\s*\{")
_BRACE: Final = re.compile(r"[{}]")


def marked_answer(text: str) -> str | None:
    r"""What follows the last of `A: ...`, `#### ...` and `\boxed{...}`, or None without any."""
    found: list[tuple[int, str]] = []
    for match in _MARKER.finditer(text):
        found.append((match.start(), match.group(1) or match.group(2) or ""))
    found += _boxed(text)
    answers = [(place, answer.strip()) for place, answer in found if answer.strip()]
    return max(answers)[1] if answers else None


def last_number(text: str) -> str | None:
    """The last number in a text, with its sign, currency, fraction or per cent, or None."""
    numbers = _NUMBER.findall(text)
    return numbers[-1] if numbers else None


def _boxed(text: str) -> list[tuple[int, str]]:
    r"""Start and content of every `\boxed{...}` that is closed.

    One pass with a stack: a text of nothing but openings must not take quadratic time.
    """
    starts = {match.end() - 1: match.start() for match in _BOXED.finditer(text)}
    found: list[tuple[int, str]] = []
    open_braces: list[int] = []
    for match in _BRACE.finditer(text) if starts else ():
        if match.group() == "{":
            open_braces.append(match.start())
        elif open_braces and (brace := open_braces.pop()) in starts:
            found.append((starts[brace], text[brace + 1 : match.start()]))
    return found
