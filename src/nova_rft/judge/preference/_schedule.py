"""Who meets whom, and how many calls that takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from nova_rft.judge.preference._game import Game
from nova_rft.spec import PreferenceTerm

Pair = tuple[int, int]


def every_pair(players: int, rollouts: int) -> list[Pair]:
    """All pairs but those of two comparison responses, which nobody asked about.

    Args:
        players: Rollouts first, then comparison responses.
        rollouts: How many of them are rollouts.
    """
    return [(a, b) for a, b in combinations(range(players), 2) if a < rollouts]


def swiss_pairs(seeding: Sequence[int], rollouts: int, games: Sequence[Game]) -> list[Pair]:
    """The pairs of the next Swiss round: neighbours by points, nobody twice, no pair again.

    Who sat out before (an odd field, a game that could not be judged) is paired first.

    Args:
        seeding: All players, in the order that decides between equals.
        rollouts: How many of them are rollouts; two comparison responses never meet.
        games: Those of the rounds before.
    """
    points = dict.fromkeys(seeding, 0.0)
    played = dict.fromkeys(seeding, 0)
    met = {frozenset((game.a, game.b)) for game in games}
    for game in games:
        for player, share in ((game.a, game.share), (game.b, 1 - game.share)):
            points[player] += 0.0 if game.failure else share
            played[player] += 1
    place = {player: place for place, player in enumerate(seeding)}
    free = sorted(seeding, key=lambda p: (played[p], -points[p], place[p]))
    pairs = []
    while free:
        one = free.pop(0)
        for other in free:
            if frozenset((one, other)) not in met and min(one, other) < rollouts:
                free.remove(other)
                pairs.append((min(one, other), max(one, other)))
                break
    return pairs


def swiss_rounds(term: PreferenceTerm, players: int) -> int:
    """Rounds of a Swiss tournament; never more than every pair needs."""
    asked = term.rounds or max(math.ceil(math.log2(players)), 1)
    return min(asked, players - 1 + players % 2)


def calls_needed(term: PreferenceTerm, group_size: int, comparisons: int) -> int:
    """Calls for the rollouts of one prompt in one event, at most: equal responses tie unasked.

    Args:
        term: The preference judge.
        group_size: Rollouts of the prompt.
        comparisons: Comparison responses of its record.
    """
    orders = 2 if term.both_orders else 1
    if term.against == "comparisons":
        return group_size * comparisons * orders
    players = group_size + (comparisons if term.against == "both" else 0)
    if players < 2:
        return 0
    if term.method == "listwise":
        return orders
    if term.method == "swiss":
        return swiss_rounds(term, players) * (players // 2) * orders
    return len(every_pair(players, group_size)) * orders
