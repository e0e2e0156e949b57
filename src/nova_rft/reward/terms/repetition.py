"""The penalty on repetition."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.spec import RepetitionTerm, RepetitionUnit


def repeated_share(tokens: Sequence[str], n: int) -> float:
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

    def __init__(self, spec: RepetitionTerm) -> None:
        self._spec = spec

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        words = rollout.response.lower().split()
        shares = {}
        for look in self._spec.ngrams:
            tokens = words if look.unit is RepetitionUnit.WORDS else " ".join(words)
            shares[f"{look.unit.value}:{look.n}"] = repeated_share(tokens, look.n)
        allowance = self._spec.allowance
        excess = max((max(shares.values()) - allowance) / (1 - allowance), 0.0)
        return Score(-excess + 0.0, {"repeated": shares})
