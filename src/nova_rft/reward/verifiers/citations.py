"""The verifier of quotations: each must occur in the source."""

from __future__ import annotations

import re
from typing import Final

import regex

from nova_rft.data import Rollout
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.words import plain, words_of
from nova_rft.reward.verifiers.match import compiled
from nova_rft.spec import CitationsTerm

_QUOTED: Final = regex.compile(
    r'"([^"\n]{1,2000})"|\u201c([^\u201d\n]{1,2000})\u201d|\u201e([^\u201c\u201d\n]{1,2000})[\u201c\u201d]'
    r"|\u00ab([^\u00bb\n]{1,2000})\u00bb|\u300c([^\u300d\n]{1,2000})\u300d"
)
_LEFT_OUT: Final = re.compile(r"\[?(?:\.\.\.|\u2026)\]?|\[[^\]]{0,40}\]")
_SECONDS: Final = 1.0


class Citations(EachRollout):
    """Share of the response's quotations that occur in the source."""

    def __init__(self, spec: CitationsTerm) -> None:
        """Compiles the pattern.

        Raises:
            UsageError: it is none.
        """
        self._spec = spec
        self._pattern = compiled(spec.pattern, spec.name, False) if spec.pattern else _QUOTED

    def score_one(self, rollout: Rollout) -> Outcome:
        """0 to 1; an abstention where the record lacks the source."""
        source = self._source(rollout)
        if source is None:
            return Abstention(
                Cause.NO_REFERENCE, f"the record has no text in its field {self._spec.source!r}"
            )
        cited = self._citations(rollout.response)
        known = " ".join(words_of(source))
        missing = [quote for quote in cited if not _occurs(quote, known)]
        asked = max(len(cited), self._spec.min_citations)
        value = (len(cited) - len(missing)) / asked if asked else 1.0
        return Score(value, {"citations": len(cited), "not_in_source": [m[:200] for m in missing]})

    def _source(self, rollout: Rollout) -> str | None:
        if self._spec.source == "prompt":
            return rollout.prompt_text
        found = rollout.metadata.get(self._spec.source)
        return found if isinstance(found, str) and found.strip() else None

    def _citations(self, response: str) -> list[str]:
        """Each citation once: repeating a true one must not outweigh an invented one."""
        try:
            found = list(self._pattern.finditer(response, timeout=_SECONDS))
        except TimeoutError:
            return []
        quotes = {
            plain(text): text
            for match in found
            if (text := next((group for group in match.groups() if group), ""))
        }
        return [text for text in quotes.values() if len(words_of(text)) >= self._spec.min_words]


def _occurs(quote: str, known: str) -> bool:
    """Whether the quotation's parts, between what it leaves out, follow each other in the source."""
    place = 0
    for part in _LEFT_OUT.split(quote):
        wanted = " ".join(words_of(part))
        if not wanted:
            continue
        found = f" {known} ".find(f" {wanted} ", place)
        if found < 0:
            return False
        place = found + len(wanted)
    return True
