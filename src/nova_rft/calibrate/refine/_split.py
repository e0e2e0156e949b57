"""Labels in three parts, by prompt: to learn from, to choose by, and to be judged by in the end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nova_rft.calibrate._figure import LEAST
from nova_rft.errors import FindingsError

# Of the prompts that are not held out, the share that proposals are made from.
_LEARN: Final = 0.4


@dataclass(frozen=True, slots=True)
class Split:
    """The prompts of a file of labels; responses to one prompt never fall apart.

    Attributes:
        learn: Proposals and examples come from these.
        choose: The best proposal is chosen by these.
        held_out: The chosen one is held against these, once.
    """

    learn: tuple[str, ...]
    choose: tuple[str, ...]
    held_out: tuple[str, ...]

    def as_dict(self) -> dict[str, int]:
        """Prompts of each part, as documented for `--json`."""
        return {name: len(getattr(self, name)) for name in self.__slots__}


def split_prompts(groups: Iterable[str], held_out: float, seed: int) -> Split:
    """Cuts the prompts by a digest of each: neither their order nor their neighbours matter.

    Args:
        groups: What rows are resampled by; equal ones count once.
        held_out: Share to hold out.
        seed: Another seed, another split.

    Raises:
        FindingsError: there are too few prompts for three parts.
    """
    order = sorted(dict.fromkeys(groups), key=lambda group: _digest(group, seed))
    last = round(len(order) * held_out)
    held, rest = order[:last], order[last:]
    learn = round(len(rest) * _LEARN)
    split = Split(_sorted(rest[:learn]), _sorted(rest[learn:]), _sorted(held))
    if min(len(split.learn), len(split.choose), len(split.held_out)) < LEAST:
        parts = ", ".join(f"{count} to {name}" for name, count in split.as_dict().items())
        raise FindingsError(
            f"the labels of {len(order)} prompts are too few ({parts.replace('_', ' ')}): each part "
            f"needs {LEAST}; label more prompts"
        )
    return split


def _digest(group: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {group}".encode("utf-8", "surrogatepass")).digest()


def _sorted(groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(groups))
