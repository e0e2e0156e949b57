"""Finding records, or ids, that occur twice: 8 bytes for each, whatever their length."""

from __future__ import annotations

from array import array

import numpy as np


class Doubles:
    """Collects one number for each record, and finds those that are equal."""

    def __init__(self) -> None:
        self._keys = array("Q")

    def add(self, key: int) -> None:
        """The next record's number; 0 is equal to none."""
        self._keys.append(key)

    def candidates(self) -> dict[int, int]:
        """For each record whose number came before: the first record that has it."""
        if not self._keys:
            return {}
        keys = np.frombuffer(self._keys, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        same = (ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)
        found: dict[int, int] = {}
        first = -1
        for place in np.flatnonzero(same):
            if int(order[place]) not in found:
                first = int(order[place])
            found[int(order[place + 1])] = first
        return found
