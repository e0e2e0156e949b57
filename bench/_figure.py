"""The one shape of what a bench measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure is held to.

    Attributes:
        least: Not below.
        most: Not above.
        of: Whether our own figure is held, or its ratio to the peer's.
    """

    least: float | None = None
    most: float | None = None
    of: Literal["ours", "ratio"] = "ours"

    def holds(self, value: float) -> bool:
        """Whether a value keeps to it."""
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )

    def __str__(self) -> str:
        if self.least is None:
            said = f"at most {self.most:g}"
        elif self.most is None:
            said = f"at least {self.least:g}"
        else:
            said = f"{self.least:g} to {self.most:g}"
        return f"{said} times" if self.of == "ratio" else said


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: Its own among the bench's, as others refer to it.
        what: What was measured, in words.
        ours: The figure.
        unit: Of ours and of theirs.
        peer: Who did the same in the same run, or would have.
        theirs: The peer's figure; None where there is no peer, or it is not installed.
        bound: What ours or the ratio is held to.
        note: Further figures, in words.
        wrong: What should not have happened; such a figure breaks its bound.
    """

    name: str
    what: str
    ours: float
    unit: str = ""
    peer: str = ""
    theirs: float | None = None
    bound: Bound | None = None
    note: str = ""
    wrong: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by theirs; below 1, ours takes less."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def kept(self) -> bool:
        """Whether it keeps to its bound; a ratio to a peer that is not there is no breach."""
        value = self.ratio if self.bound and self.bound.of == "ratio" else self.ours
        return not self.wrong and (self.bound is None or value is None or self.bound.holds(value))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "what": self.what,
            "ours": self.ours,
            "unit": self.unit,
            "peer": self.peer,
            "theirs": self.theirs,
            "ratio": self.ratio,
            "bound": str(self.bound) if self.bound else "",
            "kept": self.kept,
            "note": self.note,
            "wrong": self.wrong,
        }


def at_most(most: float) -> Bound:
    """Holds our own figure from above."""
    return Bound(most=most)


def at_least(least: float) -> Bound:
    """Holds our own figure from below."""
    return Bound(least=least)


def ratio_at_most(most: float) -> Bound:
    """Holds the ratio to the peer from above."""
    return Bound(most=most, of="ratio")
