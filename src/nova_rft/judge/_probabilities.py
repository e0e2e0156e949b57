"""Scores from token probabilities, as G-Eval takes them (arXiv 2303.16634): sum of p(label) * share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

from nova_rft.judge._reading import UnreadableVerdict
from nova_rft.judge._request import JudgeReply, Token

# Less than this on the labels together, and the token was not the verdict's.
_LEAST_MASS: Final = 0.5


def expected_share(reply: JudgeReply, label: str, labels: Mapping[str, float]) -> float:
    """The expected share under the probabilities of the verdict's token.

    Args:
        reply: Its text is the answer's JSON, with the tokens that make it up.
        label: The verdict that was read.
        labels: Share of each label, 0 to 1.

    Raises:
        UnreadableVerdict: the endpoint gave no probabilities, or none for the labels.
    """
    if not reply.tokens:
        raise UnreadableVerdict(
            "the endpoint gave no token probabilities; use score_from: verdict, or an endpoint that "
            "gives logprobs"
        )
    token = _verdict_token(reply.tokens, label)
    if token is None:
        raise UnreadableVerdict("the verdict's token was not found among those of the reply")
    mass = dict.fromkeys(labels, 0.0)
    for text, log_probability in token.alternatives.items():
        word = text.strip(' "')
        if word in mass and math.isfinite(log_probability):
            mass[word] += math.exp(min(log_probability, 0.0))
    total = math.fsum(mass.values())
    if total < _LEAST_MASS:
        raise UnreadableVerdict(
            f"the verdicts together have probability {total:.2f}; the rest went to other words"
        )
    return math.fsum(mass[word] * share for word, share in labels.items()) / total


def _verdict_token(tokens: Sequence[Token], label: str) -> Token | None:
    """The token in which the label begins; None where the text has no single such place."""
    text = "".join(token.text for token in tokens)
    found = list(re.finditer(rf'"verdict"\s*:\s*"({re.escape(label)})"', text))
    if len(found) != 1:
        return None
    place = found[0].start(1)
    ends = accumulate(len(token.text) for token in tokens)
    for token, end in zip(tokens, ends, strict=True):
        if place < end:
            return token if token.text.strip(' "') == label else None
    return None
