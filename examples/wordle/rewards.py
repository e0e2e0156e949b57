"""Three rewards for a turn of Wordle: form, use of what is known, and what the guess would tell.

Partial credit makes a sparse reward learnable: a guess that breaks one known fact of four still gets
three quarters, and one that splits the remaining words badly still gets something.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from pathlib import Path

from nova_rft.data import Rollout
from nova_rft.outcome import Abstention, Cause, Score

# No tag inside a tag: two guesses in one response are no guess.
_GUESS = re.compile(r"\s*<think>[^<]+</think>\s*<guess>\s*([a-z]{5})\s*</guess>\s*", re.I)
_ANY_GUESS = re.compile(r"<guess>\s*([a-z]{5})\s*</guess>", re.I)


@cache
def words() -> tuple[str, ...]:
    """The words that may be guessed."""
    return tuple(Path(__file__).with_name("words.txt").read_text().split())


def feedback(guess: str, secret: str) -> str:
    """G for a letter in its place, Y for one elsewhere, - for one that is not there."""
    marks = ["G" if a == b else "-" for a, b in zip(guess, secret, strict=True)]
    left = Counter(b for a, b in zip(guess, secret, strict=True) if a != b)
    for place, letter in enumerate(guess):
        if marks[place] == "-" and left[letter]:
            marks[place] = "Y"
            left[letter] -= 1
    return "".join(marks)


def form(rollout: Rollout) -> float:
    """1 for thoughts and then one guess that is a word, 0.5 for one that is none, else 0."""
    found = _GUESS.fullmatch(rollout.response)
    if found is None:
        return 0.0
    return 1.0 if found[1].lower() in words() else 0.5


def uses_feedback(rollout: Rollout) -> Score | Abstention:
    """Share of the earlier guesses' marks that this guess, were it the secret, would explain."""
    past = rollout.metadata.get("past")
    if past is None:
        return Abstention(Cause.NO_REFERENCE, "the record has no field past")
    guess = _guess(rollout)
    if guess is None:
        return Score(0.0)
    marks = [
        found == wanted
        for word, known in past
        for found, wanted in zip(feedback(word, guess), known, strict=True)
    ]
    return Score(sum(marks) / len(marks) if marks else 1.0, {"guess": guess})


def information(rollout: Rollout) -> float:
    """Expected information of the guess on the words still possible, as a share of all there is."""
    guess = _guess(rollout)
    if guess is None:
        return 0.0
    past = rollout.metadata.get("past", [])
    possible = [w for w in words() if all(feedback(g, w) == known for g, known in past)]
    if len(possible) < 2:
        return float(guess in possible)
    groups = Counter(feedback(guess, word) for word in possible)
    bits = -sum(n / len(possible) * math.log2(n / len(possible)) for n in groups.values())
    return bits / math.log2(len(possible))


def _guess(rollout: Rollout) -> str | None:
    found = _ANY_GUESS.findall(rollout.response)
    return found[-1].lower() if len(found) == 1 else None
