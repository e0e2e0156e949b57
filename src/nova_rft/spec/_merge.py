"""Taking back what a writer changed of a text's layout: a merge of three texts, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

_Lines = Sequence[str]


def merged(original: str, rewritten: str, changed: str) -> str:
    """The original with the changes between two texts of the same writer.

    Args:
        original: As its author wrote it.
        rewritten: The same content as a writer lays it out.
        changed: Other content as the same writer lays it out.
    """
    mine, base, theirs = (text.splitlines(True) for text in (original, rewritten, changed))
    to_mine, to_theirs = _aligned(base, mine), _aligned(base, theirs)
    cuts = sorted(to_mine.keys() & to_theirs.keys())
    # What stands before the first line of the base.
    found = [*(theirs[: to_theirs[0]] or mine[: to_mine[0]])]
    for start, end in pairwise(cuts):
        theirs_now = theirs[to_theirs[start] : to_theirs[end]]
        same = theirs_now == base[start:end]
        found += mine[to_mine[start] : to_mine[end]] if same else theirs_now
    return "".join(found)


def _aligned(base: _Lines, other: _Lines) -> dict[int, int]:
    """Places between lines of the base where it is known which place of the other one they are.

    What the other one has more stands before such a place, never behind it.
    """
    return {0: 0, **dict(_ends(base, other))}


def _ends(base: _Lines, other: _Lines) -> Iterator[tuple[int, int]]:
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    for kind, start, end, _, other_end in matcher.get_opcodes():
        # Of equal lines each end is such a place; of others the last alone.
        steps = range(end - start) if kind == "equal" else range(1)
        for step in steps:
            yield end - step, other_end - step
