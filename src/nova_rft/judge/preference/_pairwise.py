"""Games of two: round robin, or Swiss rounds."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.errors import JudgeError
from nova_rft.judge._judge import abstained, unreadable
from nova_rft.judge._reading import UnreadableVerdict
from nova_rft.judge._request import JudgeRequest
from nova_rft.judge.preference._field import Asker, Field, Reply
from nova_rft.judge.preference._game import Look, game
from nova_rft.judge.preference._prompt import pair_request
from nova_rft.judge.preference._read import read_preference
from nova_rft.judge.preference._schedule import Pair, every_pair, swiss_pairs, swiss_rounds
from nova_rft.outcome import Abstention
from nova_rft.spec import PreferenceTerm


def round_robin(term: PreferenceTerm, fields: Sequence[Field], ask: Asker) -> None:
    """Every rollout against everyone, all fields at once."""
    _play(term, [(one, every_pair(len(one.texts), len(one.rows))) for one in fields], ask)


def swiss(term: PreferenceTerm, fields: Sequence[Field], ask: Asker) -> None:
    """Swiss rounds, each of all fields at once."""
    rounds = [swiss_rounds(term, len(one.texts)) for one in fields]
    for number in range(max(rounds, default=0)):
        _play(
            term,
            [
                (one, swiss_pairs(one.seeding, len(one.rows), one.games))
                for one, most in zip(fields, rounds, strict=True)
                if number < most
            ],
            ask,
        )


def _play(
    term: PreferenceTerm, planned: Sequence[tuple[Field, Sequence[Pair]]], ask: Asker
) -> None:
    asked = [(one, pair, _orders(term, one, pair)) for one, pairs in planned for pair in pairs]
    replies = iter(ask([request for *_, orders in asked for _, request in orders]))
    for one, (a, b), orders in asked:
        looks: list[Look | Abstention] = []
        for a_first, request in orders:
            reply = next(replies)
            one.replies.setdefault(a, []).append(reply)
            looks.append(_look(reply, request, a_first))
        one.games.append(game(a, b, looks))


def _orders(term: PreferenceTerm, one: Field, pair: Pair) -> list[tuple[bool, JudgeRequest]]:
    """Whether the first of the pair stands first, and the question; none for equal responses."""
    a, b = (one.texts[player] for player in pair)
    if a == b:
        return []
    # With one order alone the texts decide it, so that no place in the event is favoured.
    orders = [one.order(pair[0]) < one.order(pair[1])]
    if term.both_orders:
        orders.append(not orders[0])
    return [
        (a_first, pair_request(term, one.task, *((a, b) if a_first else (b, a))))
        for a_first in orders
    ]


def _look(reply: Reply, request: JudgeRequest, a_first: bool) -> Look | Abstention:
    if isinstance(reply, JudgeError):
        return abstained(reply)
    try:
        return Look(a_first, read_preference(reply, request))
    except UnreadableVerdict as problem:
        return unreadable(problem)
