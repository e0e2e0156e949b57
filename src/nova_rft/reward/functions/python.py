"""A plain Python function as a term."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome
from nova_rft.reward.functions._load import load_function
from nova_rft.reward.functions._timely import each_in_time
from nova_rft.spec import PythonTerm


class PythonFunction:
    """Calls the function with each rollout; see `PythonTerm`."""

    def __init__(self, spec: PythonTerm, folder: Path) -> None:
        """Finds the function.

        Raises:
            UsageError: there is none.
        """
        self._function = load_function(spec, folder)

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """What the function gave for each; an abstention where it raised, gave None or took too long."""
        return each_in_time([partial(self._function, rollout) for rollout in rollouts], deadline)
