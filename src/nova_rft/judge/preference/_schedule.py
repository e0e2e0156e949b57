"""How many calls a preference judge makes."""

from __future__ import annotations

import math

from nova_rft.spec import PreferenceTerm


def swiss_rounds(term: PreferenceTerm, players: int) -> int:
    """Rounds of a Swiss tournament; never more than every pair needs."""
    asked = term.rounds or max(math.ceil(math.log2(players)), 1)
    return min(asked, players - 1 + players % 2)


def calls_needed(term: PreferenceTerm, group_size: int, comparisons: int) -> int:
    """Calls for the rollouts of one prompt in one event.

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
    return math.comb(players, 2) * orders
