"""A game: two responses compared, in one order or both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.judge.preference._read import Preference
from nova_rft.outcome import Abstention

_TIE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """One order in which two responses were compared: which stood first, and what was said."""

    a_first: bool
    preference: Preference

    @property
    def share(self) -> float:
        """What `a` gets: 1 for better, 0.5 for a tie, 0 for worse."""
        if self.preference.slot == "tie":
            return _TIE
        return float((self.preference.slot == "first") == self.a_first)


@dataclass(frozen=True, slots=True)
class Game:
    """Two players of one field, by their places, and how their game went.

    Attributes:
        a: One player.
        b: The other.
        looks: What was read, one for each order; none for equal responses, which tie unasked.
        failure: Why the game could not be judged; a game counts only if every order was read.
    """

    a: int
    b: int
    looks: tuple[Look, ...] = ()
    failure: Abstention | None = None

    @property
    def share(self) -> float:
        """What `a` gets: 1, 0.5 or 0; orders that disagree are a tie."""
        shares = {look.share for look in self.looks}
        return shares.pop() if len(shares) == 1 else _TIE

    @property
    def consistent(self) -> bool | None:
        """Whether both orders agree; None where only one was asked, or none."""
        return len({look.share for look in self.looks}) == 1 if len(self.looks) > 1 else None


def game(a: int, b: int, looks: Sequence[Look | Abstention]) -> Game:
    """A game of its looks; one that could not be read drops it whole."""
    failure = next((look for look in looks if isinstance(look, Abstention)), None)
    read = tuple(look for look in looks if isinstance(look, Look))
    return Game(a, b, () if failure else read, failure)


def position_metrics(games: Iterable[Game]) -> dict[str, float]:
    """How much the place in the question decided; each figure only where there is one.

    `consistent`: share of games in both orders that agree. `first_slot`: share of decided verdicts that
    went to the response that stood first; 0.5 is unbiased.
    """
    games = list(games)
    agreed = [one.consistent for one in games if one.consistent is not None]
    slots = [look.preference.slot for one in games for look in one.looks]
    decided = [slot for slot in slots if slot != "tie"]
    metrics = {}
    if agreed:
        metrics["consistent"] = sum(agreed) / len(agreed)
    if decided:
        metrics["first_slot"] = decided.count("first") / len(decided)
    return metrics


def shown(one: Game, player: int, names: Sequence[str]) -> dict[str, Any]:
    """A game as kept in traces, from one player's side."""
    mine = one.share if player == one.a else 1 - one.share
    return {
        "against": names[one.b if player == one.a else one.a],
        "share": None if one.failure else mine,
        "slots": [look.preference.slot for look in one.looks],
        "reason": one.looks[0].preference.reason if one.looks else "",
        "evidence": one.looks[0].preference.evidence if one.looks else "",
    }
