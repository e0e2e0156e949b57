"""Verifiers of plain text: exact, contained, by a pattern, and the letter of a choice."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

from nova_rft.data import Rollout
from nova_rft.errors import UsageError
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.final_answer import final_answer, marked_answer
from nova_rft.reward.text.words import plain, words_of
from nova_rft.reward.verifiers._reference import no_reference, references, unreadable
from nova_rft.spec import ChoiceTerm, MatchTerm

# A response may be written to make a pattern run for ever.
_SECONDS: Final = 1.0


class Match(EachRollout):
    """1 when the response's text is what it should be, else 0; see `MatchTerm`."""

    def __init__(self, spec: MatchTerm) -> None:
        """Compiles the pattern.

        Raises:
            UsageError: it is none.
        """
        self._spec = spec
        self._pattern = (
            compiled(spec.pattern, spec.name, spec.ignore_case) if spec.pattern else None
        )

    def score_one(self, rollout: Rollout) -> Outcome:
        """1 or 0; an abstention without a reference to compare with."""
        text = rollout.response
        if self._spec.within == "final_answer":
            text = final_answer(text)
        if self._pattern is not None:
            return searched(self._pattern, text)
        expected = references(rollout.reference)
        if not expected:
            return no_reference()
        if self._spec.within == "final_answer":
            expected = [marked_answer(one) or one for one in expected]
        right = any(self._agrees(one, text) for one in expected)
        return Score(float(right), {"answer": text[:500], "reference": expected[0]})

    def _agrees(self, expected: str, text: str) -> bool:
        if self._spec.how == "exact":
            return self._dressed(expected) == self._dressed(text)
        if not self._spec.ignore_case and expected not in text:
            return False
        wanted, found = words_of(expected), words_of(text)
        if not wanted:
            return self._dressed(expected) in self._dressed(text)
        return any(
            found[start : start + len(wanted)] == wanted
            for start in range(len(found) - len(wanted) + 1)
        )

    def _dressed(self, text: str) -> str:
        if self._spec.ignore_case:
            return plain(text)
        return " ".join(unicodedata.normalize("NFKC", text).split())


def compiled(pattern: str, term: str, ignore_case: bool) -> regex.Pattern[str]:
    """A pattern of a spec.

    Raises:
        UsageError: it is none.
    """
    try:
        return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
    except regex.error as error:
        raise UsageError(
            f"reward term {term}: the pattern {pattern!r} cannot be read: {error}"
        ) from None


def searched(pattern: regex.Pattern[str], text: str) -> Score:
    """1 where the pattern is found, 0 where it is not, or where looking for it takes too long.

    That is no abstention: one may pay more than a miss, and a policy would learn to provoke it.
    """
    try:
        found = pattern.search(text, timeout=_SECONDS)
    except TimeoutError:
        return Score(0.0, {"problem": f"looking for the pattern took longer than {_SECONDS:g} s"})
    return Score(float(found is not None), {"found": found[0][:500] if found else None})


class Choice(EachRollout):
    """1 when the response chooses the reference's letter, else 0."""

    def __init__(self, spec: ChoiceTerm) -> None:
        self._letters = spec.letters
        letter = f"[{spec.letters}{spec.letters.lower()}]"
        # `B`, `(B)`, `B) because`, `**B**`, `\text{B}`, `option B`; not the article in `A dog`.
        self._answer = regex.compile(
            rf"\W*(?:\\text\{{)?(?:(?:option|choice|answer)\W+)?({letter})(?:\W*|[).:\]*}}].*)",
            regex.IGNORECASE | regex.DOTALL,
        )
        self._said = regex.compile(
            rf"(?:answer|choice|option)\s*(?:is|would be)?\s*:?\W*\b([{spec.letters}])\b(?!['\u2019])",
            regex.IGNORECASE,
        )

    def score_one(self, rollout: Rollout) -> Outcome:
        """1 or 0; an abstention where the reference names no letter."""
        expected = references(rollout.reference)
        if not expected:
            return no_reference()
        wanted = self._letter(expected[0])
        if wanted is None:
            return unreadable(expected[0], f"choice of {', '.join(self._letters)}")
        chosen = self._letter(rollout.response)
        return Score(float(chosen == wanted), {"answer": chosen, "reference": wanted})

    def _letter(self, text: str) -> str | None:
        found = self._answer.fullmatch(final_answer(text))
        if found is None and marked_answer(text) is None:
            said = self._said.findall(text)
            return said[-1].upper() if said else None
        return found[1].upper() if found else None
