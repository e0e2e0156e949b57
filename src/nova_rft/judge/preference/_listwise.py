"""All of a field ranked in one list, or in two of opposite order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nova_rft.errors import JudgeError
from nova_rft.judge._judge import abstained, unreadable
from nova_rft.judge._reading import UnreadableVerdict
from nova_rft.judge.preference._field import Asker, Field, Reply
from nova_rft.judge.preference._game import Look, game
from nova_rft.judge.preference._prompt import ListRequest, list_request
from nova_rft.judge.preference._read import Preference, read_ranking
from nova_rft.judge.preference._schedule import every_pair
from nova_rft.outcome import Abstention
from nova_rft.spec import PreferenceTerm


@dataclass(frozen=True, slots=True)
class _Standing:
    """One text in one list: where it stood, the rank that it got, and why."""

    place: int
    rank: int
    reason: str


_Ranking = Mapping[str, _Standing] | Abstention


def listwise(term: PreferenceTerm, fields: Sequence[Field], ask: Asker) -> None:
    """Each field's different texts in one call, or in two; every pair in them is a game."""
    asked = [
        [(order, list_request(term, one.task, order)) for order in _orders(term, one)]
        for one in fields
    ]
    replies = iter(ask([listed.request for lists in asked for _, listed in lists]))
    for one, lists in zip(fields, asked, strict=True):
        rankings = [_ranking(one, order, listed, next(replies)) for order, listed in lists]
        for a, b in every_pair(len(one.texts), len(one.rows)):
            same = one.texts[a] == one.texts[b]
            looks = [] if same else [_look(each, one.texts[a], one.texts[b]) for each in rankings]
            one.games.append(game(a, b, looks))


def _orders(term: PreferenceTerm, one: Field) -> list[list[str]]:
    texts = list(dict.fromkeys(one.texts[player] for player in one.seeding))
    if len(texts) < 2:
        return []
    return [texts, texts[::-1]] if term.both_orders else [texts]


def _ranking(one: Field, order: Sequence[str], listed: ListRequest, reply: Reply) -> _Ranking:
    one.replies.setdefault(0, []).append(reply)
    if isinstance(reply, JudgeError):
        return abstained(reply)
    try:
        ranked = read_ranking(reply, listed)
    except UnreadableVerdict as problem:
        return unreadable(problem)
    return {
        text: _Standing(place, rank, reason)
        for place, (text, (rank, reason)) in enumerate(zip(order, ranked, strict=True))
    }


def _look(ranking: _Ranking, a: str, b: str) -> Look | Abstention:
    """What a ranking says of two of its texts."""
    if isinstance(ranking, Abstention):
        return ranking
    one, other = ranking[a], ranking[b]
    a_first = one.place < other.place
    if one.rank == other.rank:
        return Look(a_first, Preference("tie", one.reason))
    a_better = one.rank < other.rank
    reason = one.reason if a_better else other.reason
    return Look(a_first, Preference("first" if a_better == a_first else "second", reason))
