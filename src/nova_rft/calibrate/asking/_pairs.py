"""Pairs put before a preference judge in both orders, each order read on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nova_rft.calibrate.labels import FIRST_A, FIRST_B, WHOLE, Row, Said, Verdict
from nova_rft.data import Rollout
from nova_rft.errors import JudgeError
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest, UnreadableVerdict, ask_all
from nova_rft.judge.preference import list_request, pair_request, read_preference, read_ranking
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import PreferenceTerm

_ORDERS: Final = (FIRST_A, FIRST_B)
_SLOTS: Final = {FIRST_A: {"first": "a", "second": "b"}, FIRST_B: {"first": "b", "second": "a"}}


@dataclass(frozen=True, slots=True)
class _Look:
    """One question about a pair, and how its reply names the better one: first, second or tie."""

    request: JudgeRequest
    slot: Callable[[JudgeReply], str]
    order: str


def compare(
    term: PreferenceTerm, model: JudgeModel, rows: Sequence[Row]
) -> tuple[list[Said], list[Outcome]]:
    """What the judge chose of each pair in either order; and each reply as an outcome.

    Both orders are asked whatever the term says: whether they agree is part of what is measured. Equal
    responses tie unasked, as in the reward.

    Args:
        term: The judge's settings.
        model: Its model.
        rows: Pairs.
    """
    looks = [
        [] if row.responses[0] == row.responses[1] else [_look(term, row, o) for o in _ORDERS]
        for row in rows
    ]
    replies = iter(ask_all(model, [one.request for each in looks for one in each]))
    said: list[Said] = []
    outcomes: list[Outcome] = []
    for each in looks:
        verdicts = {order: Verdict("tie") for order in _ORDERS}
        for one in each:
            outcome = _read(next(replies), one)
            outcomes.append(outcome)
            label = outcome.details["label"] if isinstance(outcome, Score) else None
            verdicts[one.order] = Verdict(label)
        said.append({order: {WHOLE: (verdict,)} for order, verdict in verdicts.items()})
    return said, outcomes


def _look(term: PreferenceTerm, row: Row, order: str) -> _Look:
    rollout = Rollout(row.id, row.group, row.prompt, row.responses[0], row.reference, row.fields)
    first, second = row.responses if order == FIRST_A else row.responses[::-1]
    if term.method != "listwise":
        request = pair_request(term, rollout, first, second)
        return _Look(request, lambda reply: read_preference(reply, request).slot, order)
    listed = list_request(term, rollout, (first, second))

    def slot(reply: JudgeReply) -> str:
        (one, _), (other, _) = read_ranking(reply, listed)
        return "tie" if one == other else "first" if one < other else "second"

    return _Look(listed.request, slot, order)


def _read(reply: JudgeReply | JudgeError, look: _Look) -> Outcome:
    if isinstance(reply, JudgeError):
        return Abstention(Cause.JUDGE_UNAVAILABLE, str(reply))
    try:
        slot = look.slot(reply)
    except UnreadableVerdict as problem:
        return Abstention(Cause.UNREADABLE_VERDICT, str(problem))
    return Score(0.0, {"label": _SLOTS[look.order].get(slot, "tie")})
