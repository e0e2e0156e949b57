"""The verifier of language, and the penalty that is its other side."""

from __future__ import annotations

from typing import Any

from nova_rft.data import Rollout
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.language import Languages
from nova_rft.spec import LanguageLook


class Language(EachRollout):
    """Share of the response's letters that stand in text of the right language."""

    def __init__(self, spec: LanguageLook) -> None:
        """Loads the model of languages.

        Raises:
            UsageError: a code is not known.
        """
        self._spec = spec
        self._languages = Languages(spec.among)

    def score_one(self, rollout: Rollout) -> Outcome:
        """0 to 1; an abstention where the prompt has no language to answer in."""
        expected = self._expected(rollout)
        if expected is None:
            return Abstention(Cause.NO_REFERENCE, "the prompt has no letters to tell a language by")
        share, letters = self._languages.share(rollout.response, expected, self._spec.min_letters)
        details: dict[str, Any] = {"expected": expected, "letters": letters}
        return Score(share, details)

    def _expected(self, rollout: Rollout) -> str | None:
        if self._spec.expected != "prompt":
            return self._spec.expected
        asked = [turn.text for turn in rollout.prompt if turn.role == "user"]
        return self._languages.of(asked[-1] if asked else rollout.prompt_text)
