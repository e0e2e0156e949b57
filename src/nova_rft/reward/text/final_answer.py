"""Finding the final answer in a text: what follows the last marker, or the last number."""

from __future__ import annotations

import re
from typing import Final

_MARKER: Final = re.compile(
    r"(?:^|\n)[ \t>*]*(?:final[ \t]+)?(?:A|answer)[ \t]*(?:\*\*)?:(?:\*\*)?[ \t]*([^\n]*)"
    # Not a heading that only looks like the mark, as `#### Step 3` does.
    r"|####(?![ \t]*(?:step|part|solution|problem|question|explanation|case)\b)[ \t]*([^\n]*)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?|-?\$?\.\d+%?")
_BOXED: Final = re.compile(r"\\boxed\s*\{")
_BRACE: Final = re.compile(r"[{}]")


def marked_answer(text: str) -> str | None:
    r"""What follows the last of `A: ...`, `#### ...` and `\boxed{...}`, or None without any."""
    answers = marked_answers(text)
    return answers[-1] if answers else None


def marked_answers(text: str) -> list[str]:
    """Whatever a mark names as the answer, in the text's order; empty ones are none."""
    found = [
        (m.start(), *m.span(1 if m.group(1) is not None else 2)) for m in _MARKER.finditer(text)
    ]
    answers = (text[start:end].strip() for _, start, end in sorted(found + _boxed(text)))
    return [answer for answer in answers if answer]


def final_answer(text: str) -> str:
    """The marked answer, else the last line that is not empty, else nothing."""
    lines = text.strip().splitlines()
    return marked_answer(text) or (lines[-1].strip() if lines else "")


def last_number(text: str) -> str | None:
    """The last number in a text, with its sign, currency, fraction or per cent, or None."""
    numbers = _NUMBER.findall(text)
    return numbers[-1] if numbers else None


def _boxed(text: str) -> list[tuple[int, int, int]]:
    r"""Where every closed `\boxed{...}` starts, and where its content starts and ends.

    One pass with a stack: a text of nothing but openings must not take quadratic time.
    """
    starts = {match.end() - 1: match.start() for match in _BOXED.finditer(text)}
    found: list[tuple[int, int, int]] = []
    open_braces: list[int] = []
    for match in _BRACE.finditer(text) if starts else ():
        if match.group() == "{":
            open_braces.append(match.start())
        elif open_braces and (brace := open_braces.pop()) in starts:
            found.append((starts[brace], brace + 1, match.start()))
    return found
