"""Drawing a small set to label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nova_rft.calibrate.labels import Kind
from nova_rft.calibrate.metrics import Bools, Ints
from nova_rft.label._item import Drawn, Item, make_item, prompt_key
from nova_rft.label._questions import questions
from nova_rft.label._rollouts import Candidate
from nova_rft.label.drawing._near import Seen, plain
from nova_rft.label.drawing._pool import Pool, pair_pool, single_pool
from nova_rft.spec import RewardSpec

# Every so manyeth item is drawn by chance.
CHANCE_EVERY: Final = 4


@dataclass(frozen=True, slots=True)
class Drawing:
    """A set to label.

    Attributes:
        items: In the order in which they are labelled; any beginning of it is balanced too.
        near: Items that came up and read nearly the same as one that was drawn before.
    """

    items: tuple[Item, ...]
    near: int


def draw(
    candidates: Sequence[Candidate],
    reward: RewardSpec,
    kind: Kind,
    count: int,
    *,
    seed: int = 0,
    known: Sequence[Item] = (),
) -> Drawing:
    """Draws the most informative pairs or single responses.

    One after the other: from the cell of which the fewest were drawn so far (see `_pool`), among items
    of the prompts of which the fewest were drawn, the one with the highest score; equal scores in an
    order that the seed decides. Every fourth is drawn by chance instead, from all cells alike: what was
    drawn for being hard says nothing of how often things are hard. What reads nearly the same as an item
    drawn before (runs of three words, four fifths of them shared, prompt and responses alike) is passed
    over.

    Args:
        candidates: Rollouts, scored or not.
        reward: Names terms and criteria.
        kind: What to draw.
        count: How many, those known included; fewer where there are no more.
        seed: Equal seeds draw equal sets.
        known: Drawn before, to be gone on from.
    """
    unique, prompts, keys = _unique(candidates)
    rng = np.random.default_rng(seed)
    if kind == "pairs":
        pool = pair_pool(unique, prompts, reward, rng)
    else:
        pool = single_pool(unique, prompts, reward)
    picks = _Picks(pool, rng, known, keys)
    items, passed = list(known), 0
    seen, before = Seen(item.texts for item in known), {item.id for item in known}
    while len(items) < count:
        picked = picks.next(by_chance=len(items) % CHANCE_EVERY == CHANCE_EVERY - 1)
        if picked is None:
            break
        place, drawn = picked
        chosen = [unique[row] for row in pool.row_PR[place]]
        asked = questions(reward, chosen[0].rollout.metadata, kind)
        item = make_item(chosen, asked, drawn, seed)
        if seen.takes(item.texts):
            picks.count(place)
            items.append(item)
        elif item.id not in before:
            passed += 1
    return Drawing(tuple(items), passed)


def _unique(candidates: Sequence[Candidate]) -> tuple[list[Candidate], Ints, dict[str, int]]:
    """No response of a prompt twice; the prompt of each, numbered, and the numbers by prompts' keys."""
    keys: dict[str, int] = {}
    found: dict[tuple[int, str], Candidate] = {}
    for one in candidates:
        prompt = keys.setdefault(prompt_key(one.rollout.prompt), len(keys))
        found.setdefault((prompt, plain(one.rollout.response)), one)
    prompts = np.array([prompt for prompt, _ in found], dtype=np.intp)
    return list(found.values()), prompts, keys


class _Picks:
    """What is left of a pool, and how often each cell and prompt was drawn."""

    def __init__(
        self, pool: Pool, rng: np.random.Generator, known: Sequence[Item], keys: dict[str, int]
    ) -> None:
        self._pool = pool
        self._left_P: Bools = np.ones(pool.score_P.size, dtype=np.bool_)
        self._luck_P = rng.permutation(pool.score_P.size)
        self._rank_P = np.argsort(np.lexsort((self._luck_P, -pool.score_P)))
        cells = [pool.cells.index(one.drawn.cell) for one in known if one.drawn.cell in pool.cells]
        self._of_cell_C = np.bincount(np.array(cells, dtype=np.intp), minlength=len(pool.cells))
        of_known = [keys[key] for one in known if (key := prompt_key(one.prompt)) in keys]
        self._of_prompt = np.bincount(np.array(of_known, dtype=np.intp), minlength=len(keys))

    def next(self, *, by_chance: bool) -> tuple[int, Drawn] | None:
        """The next item's place in the pool; None where nothing is left."""
        if not self._left_P.any():
            return None
        if by_chance:
            place = self._first(self._left_P, self._luck_P)
        else:
            place = self._first(self._left_P & (self._pool.cell_P == self._cell()), self._rank_P)
        self._left_P[place] = False
        return place, self._drawn(place, by_chance=by_chance)

    def count(self, place: int) -> None:
        """Notes that it was drawn."""
        self._of_cell_C[self._pool.cell_P[place]] += 1
        self._of_prompt[self._pool.prompt_P[place]] += 1

    def _cell(self) -> int:
        """Of the cells that have items left the one of which the fewest were drawn."""
        cells_C = np.unique(self._pool.cell_P[self._left_P])
        return int(cells_C[np.argmin(self._of_cell_C[cells_C])])

    def _first(self, among_P: Bools, order_P: Ints) -> int:
        places = np.flatnonzero(among_P)
        used = self._of_prompt[self._pool.prompt_P[places]]
        places = places[used == used.min()]
        return int(places[np.argmin(order_P[places])])

    def _drawn(self, place: int, *, by_chance: bool) -> Drawn:
        pool = self._pool
        return Drawn(
            "chance" if by_chance else "score",
            pool.cells[pool.cell_P[place]],
            round(float(pool.score_P[place]), 4),
            *(_known(part_P[place]) for part_P in (pool.unsure_P, pool.disagree_P, pool.close_P)),
        )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)
