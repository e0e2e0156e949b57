"""The penalty on repetition."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.penalties._share import beyond
from nova_rft.reward.text.measure import splitter
from nova_rft.spec import RepetitionTerm


def repeated_share(tokens: Sequence[Hashable], n: int) -> float:
    """1 - unique n-grams / all n-grams; 0 for a text of fewer than n tokens.

    arXiv 2502.03373, C.2, whose code divides by zero on short texts.
    """
    total = len(tokens) - n + 1
    if total <= 0:
        return 0.0
    if isinstance(tokens, str):
        unique = len({tokens[start : start + n] for start in range(total)})
    else:
        unique = len(set(zip(*(tokens[offset:] for offset in range(n)), strict=False)))
    return 1 - unique / total


class Repetition(EachRollout):
    """Minus the worst repeated share over several kinds of n-grams, above an allowance."""

    def __init__(self, spec: RepetitionTerm, folder: Path) -> None:
        """Loads the tokenizers, where there are some.

        Raises:
            UsageError: a file is missing or is none.
        """
        self._allowance = spec.allowance
        self._looks = [
            (f"{look.unit.value}:{look.n}", splitter(look.unit, look.tokenizer, folder), look.n)
            for look in spec.ngrams
        ]

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        text = " ".join(rollout.response.lower().split())
        shares = {name: repeated_share(split(text), n) for name, split, n in self._looks}
        return Score(beyond(max(shares.values()), self._allowance), {"repeated": shares})
