"""From a reply to verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nova_rft.judge._probabilities import expected_share
from nova_rft.judge._reading import (
    UnreadableVerdict,
    read_answer,
    read_entries,
    read_label,
    read_text,
)
from nova_rft.judge._request import JudgeReply, JudgeRequest
from nova_rft.spec import Criterion


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's reading of one criterion.

    Attributes:
        criterion: The criterion's name.
        label: What the judge said: `yes`, `no`, or a number of the scale.
        share: What it counts, 0 to 1; a pitfall that is met counts 1 too.
        reason: Why, in the judge's words.
        evidence: What the judge quoted.
    """

    criterion: str
    label: str
    share: float
    reason: str
    evidence: str


def read_verdicts(
    reply: JudgeReply, request: JudgeRequest, criteria: Sequence[Criterion]
) -> tuple[Verdict, ...]:
    """One verdict for each criterion, in the criteria's order.

    Where the request asked for probabilities, `share` is the expected one under them.

    Raises:
        UnreadableVerdict: the reply is no answer to the request, carries another nonce, lacks a
            criterion, has one too many or one twice, or answers with a word that is no verdict.
    """
    answer = read_answer(reply, request)
    names = [criterion.name for criterion in criteria]
    entries = read_entries(answer, "verdicts", "criterion", names)
    verdicts = []
    for criterion in criteria:
        entry = entries[criterion.name]
        labels = criterion.labels
        label = read_label(entry, "verdict", labels)
        reason, evidence = read_text(entry, "reason"), read_text(entry, "evidence")
        verdicts.append(Verdict(criterion.name, label, labels[label], reason, evidence))
    if request.probabilities:
        return tuple(_expected(reply, verdict, criteria) for verdict in verdicts)
    return tuple(verdicts)


def _expected(reply: JudgeReply, verdict: Verdict, criteria: Sequence[Criterion]) -> Verdict:
    if len(criteria) != 1:
        raise UnreadableVerdict("probabilities are read from a call for one criterion alone")
    return replace(verdict, share=expected_share(reply, verdict.label, criteria[0].labels))
