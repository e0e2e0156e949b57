"""Figures of responses whose change says what a policy is drifting to: length, form, habits, tricks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from nova_rft.grpo._arrays import Floats
from nova_rft.reward.penalties.phrases import FLATTERIES, HEDGES, REFUSALS, pattern_of
from nova_rft.reward.penalties.repetition import repeated_share
from nova_rft.reward.text.final_answer import marked_answers
from nova_rft.reward.text.words import sentences_of, skeleton

_REFUSAL: Final = pattern_of(REFUSALS)
_HEDGE: Final = pattern_of(HEDGES)
_FLATTERY: Final = pattern_of(FLATTERIES)
_LIST: Final = re.compile(r"^[ \t]*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_HEADING: Final = re.compile(r"^#{1,6}[ \t]+\S|^\*\*[^*\n]+\*\*:?[ \t]*$", re.MULTILINE)
_OPENING: Final = 4


def _words(text: str) -> float:
    return float(len(text.split()))


def _repeated_words(text: str) -> float:
    return repeated_share(text.lower().split(), 4)


def _repeated_characters(text: str) -> float:
    # Text without spaces dodges the look at words.
    return repeated_share(" ".join(text.lower().split()), 24)


def _lines(pattern: re.Pattern[str]) -> Callable[[str], float]:
    return lambda text: float(len(pattern.findall(text)))


def _code(text: str) -> float:
    return float("```" in text)


def _answers(text: str) -> float:
    return float(len(marked_answers(text)))


def _refuses(text: str) -> float:
    opening = " ".join(sentences_of(text)[:_OPENING])[:2_000]
    return float(_REFUSAL.search(skeleton(opening)) is not None)


def _hedges(text: str) -> float:
    sentences = sentences_of(text)
    hedged = sum(_HEDGE.search(skeleton(sentence)) is not None for sentence in sentences)
    return hedged / len(sentences) if sentences else 0.0


def _flatters(text: str) -> float:
    return float(_FLATTERY.search(skeleton(text)) is not None)


FEATURES: Final[Mapping[str, Callable[[str], float]]] = {
    "words": _words,
    "characters": lambda text: float(len(text)),
    "empty": lambda text: float(not text.strip()),
    "repeated words": _repeated_words,
    "repeated characters": _repeated_characters,
    "list items": _lines(_LIST),
    "headings": _lines(_HEADING),
    "code blocks": _code,
    "marked answers": _answers,
    "refusals": _refuses,
    "hedged sentences": _hedges,
    "flattery": _flatters,
}


def text_features(responses_N: Sequence[str]) -> dict[str, Floats]:
    """Figures of each response by name, for `forecast`, and for `diagnose` to hold against the reward.

    Counts of words, characters, list items, headings and marked answers; shares of repeated runs of four
    words and of 24 characters, and of sentences that hedge; 1 for a response that is empty, holds a code
    block, refuses in its first sentences, or flatters its judge or asker, else 0. The phrases are the
    English ones of the penalties.
    """
    return {
        name: np.array([look(response) for response in responses_N], dtype=np.float64)
        for name, look in FEATURES.items()
    }
