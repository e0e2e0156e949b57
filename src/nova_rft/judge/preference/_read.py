"""From a reply to what the judge prefers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nova_rft.judge._reading import read_answer, read_entries, read_label, read_text
from nova_rft.judge._request import JudgeReply, JudgeRequest
from nova_rft.judge.preference._prompt import SLOTS, ListRequest, ranks

Slot = Literal["first", "second", "tie"]


@dataclass(frozen=True, slots=True)
class Preference:
    """What the judge said of two responses.

    Attributes:
        slot: Where the better one stood; `first` or `second`, or `tie`.
        reason: Why, in the judge's words.
        evidence: What the judge quoted.
    """

    slot: Slot
    reason: str = ""
    evidence: str = ""


def read_preference(reply: JudgeReply, request: JudgeRequest) -> Preference:
    """The verdict on a pair.

    Raises:
        UnreadableVerdict: the reply is no answer to the request, or its verdict is none of the three.
    """
    answer = read_answer(reply, request)
    slot: Slot = read_label(answer, "verdict", SLOTS)  # type: ignore[assignment]
    return Preference(slot, read_text(answer, "reason"), read_text(answer, "evidence"))


def read_ranking(reply: JudgeReply, asked: ListRequest) -> tuple[tuple[int, str], ...]:
    """Rank (1 is best, equal ones tie) and reason of each response, in the order in which they stood.

    The answer's entries are matched by id; their order means nothing.

    Raises:
        UnreadableVerdict: the reply is no answer to the request, an id is missing, surplus or twice,
            or a rank is none.
    """
    answer = read_answer(reply, asked.request)
    entries = read_entries(answer, "ranking", "response", asked.ids)
    labels = ranks(len(asked.ids))
    return tuple(
        (int(read_label(entries[id], "rank", labels)), read_text(entries[id], "reason"))
        for id in asked.ids
    )
