"""The set of a labelling: drawn once, taken up by whoever labels next, drawn further when asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nova_rft.calibrate.labels import Kind
from nova_rft.errors import UsageError
from nova_rft.label._files import Places, read_set, write_set
from nova_rft.label._item import Item
from nova_rft.label._questions import default_kind
from nova_rft.label._rollouts import Read
from nova_rft.label.drawing import draw
from nova_rft.spec import RewardSpec

COUNT: Final = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn.

    Attributes:
        kind: Pairs or single responses; None: what the spec's judges need, or what was drawn before.
        count: How many; None: as many as were drawn before, or `COUNT`.
        seed: Equal seeds draw equal sets.
    """

    kind: Kind | None = None
    count: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Set:
    """A set to label.

    Attributes:
        items: In the order in which they are labelled.
        before: How many of them were there before.
        near: Items passed over now, for being nearly the same as another.
        read: The rollouts that were drawn from; None where none were looked at.
        wanted: How many were to be drawn, at most.
    """

    items: tuple[Item, ...]
    before: int = 0
    near: int = 0
    read: Read | None = None
    wanted: int = 0

    @property
    def kind(self) -> Kind:
        """Pairs or single responses."""
        return self.items[0].kind

    @property
    def cells(self) -> dict[str, int]:
        """How many items lie in each cell; see `nova_rft.label.drawing`."""
        return dict(Counter(item.drawn.cell for item in self.items))


def take_set(
    places: Places, reward: RewardSpec, rollouts: Callable[[], Read], wanted: Wanted
) -> Set:
    """The set of a labelling: drawn where there is none, drawn further where more is wanted.

    Args:
        places: Where its files lie.
        reward: Names terms and criteria.
        rollouts: Reads what to draw from; not called where nothing is drawn.
        wanted: What to draw.

    Raises:
        UsageError: there is nothing to draw, what was drawn is of the other kind, or the labels file is
            someone else's.
        OSError: the disk refused.
    """
    if not places.set.exists():
        _refuse_to_overwrite(places.labels)
        return _draw(places.set, reward, rollouts(), wanted, ())
    items = read_set(places.set)
    if wanted.kind not in (None, items[0].kind):
        raise UsageError(f"{places.set}: holds {_words(items[0].kind)}; choose another --out")
    if wanted.count is None or wanted.count <= len(items):
        return Set(tuple(items), len(items))
    return _draw(places.set, reward, rollouts(), wanted, items)


def draw_only(path: Path, reward: RewardSpec, rollouts: Callable[[], Read], wanted: Wanted) -> Set:
    """Draws a set into a file, for other tools to label.

    Raises:
        UsageError: there is nothing to draw, or the file is there already.
        OSError: the disk refused.
    """
    _refuse_to_overwrite(path)
    return _draw(path, reward, rollouts(), wanted, ())


def _draw(path: Path, reward: RewardSpec, read: Read, wanted: Wanted, known: Sequence[Item]) -> Set:
    kind = known[0].kind if known else wanted.kind or default_kind(reward)
    count = COUNT if wanted.count is None else wanted.count
    drawing = draw(read.candidates, reward, kind, count, seed=wanted.seed, known=known)
    if not drawing.items:
        why = (
            "no prompt has two different responses; use --singles"
            if read.candidates
            else read.problem
        )
        raise UsageError(f"there is nothing to label: {why or 'no rollout was given'}")
    write_set(path, drawing.items)
    return Set(drawing.items, len(known), drawing.near, read, count)


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        raise UsageError(
            f"{path}: is there already, and nothing is written over; choose another --out"
        )


def _words(kind: Kind) -> str:
    return "pairs" if kind == "pairs" else "single responses"
