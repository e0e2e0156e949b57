"""The penalty on several final answers, one of which may be right."""

from __future__ import annotations

import re
from typing import Final

from nova_rft.data import Rollout, reference_text
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.final_answer import marked_answers
from nova_rft.reward.text.words import plain
from nova_rft.spec import AnswerStuffingTerm

_SAID: Final = re.compile(
    r"\b(?:final answer|answer|result) (?:is|could be|might be|would be|=)[: ]*([^\n.;]{1,80})",
    re.IGNORECASE,
)
_BOXED: Final = re.compile(r"\\boxed\s*\{([^{}]*)\}")
_OTHERS: Final = re.compile(r"\s+or\s+|\s*;\s*|\s*\|\s*|,\s+", re.IGNORECASE)
_DRESS: Final = re.compile(r"[\s$*_`\"'(){}]|\\(?:text|mathrm|left|right|,|!)|\.$")
_NUMBER: Final = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


def different_answers(response: str, reference: str = "") -> list[str]:
    r"""The different final answers that a response gives, in the order of their first place.

    Answers are what a mark names (`A:`, `####`, `\boxed{}`) or a sentence calls the answer; `5 or 6`
    is two of them, unless the reference itself is written in such parts. `5`, `$5$` and `5.0` are one.
    """
    split = not _OTHERS.search(reference.strip())
    found: dict[str, str] = {}
    for answer in [*marked_answers(response), *(match[1] for match in _SAID.finditer(response))]:
        for part in _OTHERS.split(answer) if split else [answer]:
            key = _key(part)
            if key:
                found.setdefault(key, part.strip())
    return list(found.values())


def _key(answer: str) -> str:
    boxed = _BOXED.search(answer)
    bare = _DRESS.sub("", plain(boxed[1] if boxed else answer))
    # `72`, `72 clips` and `it is 72` name the same number.
    numbers = _NUMBER.findall(bare)
    if len(numbers) == 1:
        return f"{float(numbers[0].replace(',', '')):.12g}"
    return bare


class AnswerStuffing(EachRollout):
    """1/k - 1 for k different final answers: 0 for one or none, -0.5 for two, nearing -1."""

    def __init__(self, spec: AnswerStuffingTerm) -> None:
        self._spec = spec

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        reference = reference_text(rollout.reference) or ""
        answers = different_answers(rollout.response, reference)
        value = 1 / max(len(answers), 1) - 1
        return Score(value, {"answers": [answer[:100] for answer in answers[:10]]})
