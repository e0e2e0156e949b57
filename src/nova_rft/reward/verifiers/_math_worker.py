"""A process that compares two answers with math-verify: one JSON line in, one out.

Its first line says that it is ready.

math-verify bounds its time by a signal, which only works in the main thread of a process, and a
hostile expression can defeat it. So the comparison runs here without a timeout of its own, in a
process that dies when it computes for too long, under a limit on memory.
"""

from __future__ import annotations

import json
import logging
import re
import resource
import sys
from contextlib import suppress
from typing import Any, Final

from nova_rft.reward.verifiers._killable import within

_MEMORY: Final = 2 * 1024**3
# A lone letter beside an operator, with or without a factor: `x+1`, `2n = 6`, but not `72 clips`. On
# its own `2x` is one too, but `5m` is a length.
_LETTER: Final = r"(?:\b|(?<=\d))[A-Za-z]\b"
_ALGEBRA: Final = re.compile(
    rf"{_LETTER}[ ]*[-+*/^=]|[-+*/^=][ ]*\d*{_LETTER}|^[ ]*-?\d+[ ]?[xyz][ ]*$"
)


def main() -> None:
    """Answers until standard input ends."""
    import math_verify  # noqa: F401 - here, so that no answer's time is spent on it

    # macOS knows no limit on memory, and a container may have set a lower one.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)
    # A parser builds its tables at the first formula; that is no answer's time either.
    _compare("$x + 1$", "$1 + x$")
    sys.stdout.write('"ready"\n')
    sys.stdout.flush()
    for line in sys.stdin:
        question = json.loads(line)
        within(question["within_s"])
        reply = _compare(question["gold"], question["answer"])
        within(0)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


def _compare(gold_text: str, answer_text: str) -> dict[str, object]:
    from math_verify import verify

    try:
        gold = _read(gold_text)
    except Exception:
        gold = []
    if not gold:
        return {"unreadable": "gold"}
    try:
        answer = _read(answer_text)
        return {"right": bool(answer) and bool(verify(gold, answer, timeout_seconds=None))}
    except Exception as error:
        # Whatever an expression provokes is its own answer, and no loss to the next one.
        return {"error": f"{type(error).__name__}: {error}"[:200]}


def _read(text: str) -> Any:
    """The expressions in a text; LaTeX is only looked for between dollar signs, so they are lent."""
    from math_verify import parse

    bare = "$" not in text
    formula = "\\" in text or _ALGEBRA.search(text) is not None
    first, second = (f"${text}$", text) if bare and formula else (text, f"${text}$")
    found = parse(first, parsing_timeout=None, raise_on_error=True)
    if not found and bare:
        found = parse(second, parsing_timeout=None, raise_on_error=True)
    return found


if __name__ == "__main__":
    main()
