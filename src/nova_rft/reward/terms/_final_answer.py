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


def marked_answer(text: str) -> str | None:
    r"""What follows the last of `A: ...`, `#### ...` and `\boxed{...}`, or None without any."""
    found: list[tuple[int, str]] = []
    for match in _MARKER.finditer(text):
        found.append((match.start(), match.group(1) or match.group(2) or ""))
    for match in _BOXED.finditer(text):
        content = _balanced(text, match.end())
        if content is not None:
            found.append((match.start(), content))
    answers = [(place, answer.strip()) for place, answer in found if answer.strip()]
    return max(answers)[1] if answers else None


def last_number(text: str) -> str | None:
    """The last number in a text, with its sign, currency, fraction or per cent, or None."""
    numbers = _NUMBER.findall(text)
    return numbers[-1] if numbers else None


def _balanced(text: str, start: int) -> str | None:
    """What stands between a brace that ends before `start` and the one that closes it."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[start:place]
    return None
