"""Verifiers of overlap with a reference: ROUGE-L and token F1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import LCSseq

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.final_answer import final_answer, marked_answer
from nova_rft.reward.text.words import words_of
from nova_rft.reward.verifiers._reference import no_reference, references
from nova_rft.spec import RougeLTerm, TokenF1Term

_ARTICLES: Final = frozenset({"a", "an", "the"})
_PUNCTUATION: Final = re.compile(r"[^\w\s]|_")


def f_measure(shared: float, found: int, wanted: int) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is shared, 1 where both are empty."""
    if not found and not wanted:
        return 1.0
    return 2 * shared / (found + wanted)


def rouge_l(response: Sequence[str], reference: Sequence[str]) -> float:
    """ROUGE-L F-measure (Lin 2004, beta 1) of two sequences of words."""
    return f_measure(LCSseq.similarity(response, reference), len(response), len(reference))


def rouge_n(response: Sequence[str], reference: Sequence[str], n: int) -> float:
    """ROUGE-N F-measure of two sequences of words: n-grams in common."""
    found, wanted = (
        Counter(zip(*(words[offset:] for offset in range(n)), strict=False))
        for words in (response, reference)
    )
    return f_measure((found & wanted).total(), found.total(), wanted.total())


def token_f1(response: str, reference: str) -> float:
    """F1 of words in common as SQuAD's script counts them, without case, punctuation, articles."""
    found, wanted = (_squad(text) for text in (response, reference))
    return f_measure((found & wanted).total(), found.total(), wanted.total())


def _squad(text: str) -> Counter[str]:
    words = _PUNCTUATION.sub("", text.lower()).split()
    return Counter(word for word in words if word not in _ARTICLES)


class RougeL(EachRollout):
    """`rouge_l` with the reference; of several the best."""

    def __init__(self, spec: RougeLTerm) -> None:
        self._spec = spec

    def score_one(self, rollout: Rollout) -> Outcome:
        """0 to 1; an abstention without a reference."""
        expected = references(rollout.reference)
        if not expected:
            return no_reference()
        response = words_of(rollout.response)
        return Score(max(rouge_l(response, words_of(one)) for one in expected))


class TokenF1(EachRollout):
    """`token_f1` with the reference; of several the best."""

    def __init__(self, spec: TokenF1Term) -> None:
        self._final = spec.within == "final_answer"

    def score_one(self, rollout: Rollout) -> Outcome:
        """0 to 1; an abstention without a reference."""
        expected = references(rollout.reference)
        if not expected:
            return no_reference()
        text = rollout.response
        if self._final:
            text = final_answer(text)
            expected = [marked_answer(one) or one for one in expected]
        return Score(max(token_f1(text, one) for one in expected), {"answer": text[:500]})
