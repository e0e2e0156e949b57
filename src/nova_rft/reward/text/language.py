"""The language of a text, told part by part, so that two halves do not pass for one whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from nova_rft.errors import UsageError
from nova_rft.reward.text.words import sentences_of

# Programs and formulas have no language.
_NO_PROSE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`|\$\$.*?\$\$|https?://\S+", re.DOTALL)


class Languages:
    """Tells languages apart with py3langid, among some codes or all that it knows."""

    def __init__(self, among: Sequence[str] = ()) -> None:
        """Loads the model once for each choice of codes.

        Raises:
            UsageError: a code is not known.
        """
        self._model = _model(tuple(among))

    def of(self, text: str) -> str | None:
        """The ISO 639-1 code of a text's language; None for a text without letters."""
        prose = _NO_PROSE.sub(" ", text)
        if not any(map(str.isalpha, prose)):
            return None
        code: str = self._model.classify(prose)[0]
        return code

    def share(self, text: str, expected: str, min_letters: int) -> tuple[float, dict[str, int]]:
        """Share of a text's letters in the expected language, and the letters of each language.

        Sentences are told apart in pieces of at least `min_letters`. A text without letters is in no
        wrong language: its share is 1.
        """
        letters: dict[str, int] = {}
        for piece in _pieces(_NO_PROSE.sub("\n", text), min_letters):
            code = self._model.classify(piece)[0]
            letters[code] = letters.get(code, 0) + _letters(piece)
        total = sum(letters.values())
        return (letters.get(expected, 0) / total if total else 1.0), letters


def _pieces(text: str, least: int) -> list[str]:
    pieces: list[str] = []
    waiting = ""
    for sentence in sentences_of(text):
        waiting = f"{waiting} {sentence}" if waiting else sentence
        if _letters(waiting) >= least:
            pieces.append(waiting)
            waiting = ""
    if _letters(waiting) and pieces:
        pieces[-1] = f"{pieces[-1]} {waiting}"
    elif _letters(waiting):
        pieces.append(waiting)
    return pieces


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@cache
def _model(among: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    if among:
        try:
            model.set_languages(list(among))
        except ValueError as error:
            raise UsageError(f"a language cannot be told: {error}; use ISO 639-1 codes") from None
    return model
