"""A rubric function of the library verifiers as a term.

There a function is called with whatever it asks for by name. What exists only while that library runs an
environment cannot be had here, and a function that needs it is refused by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from nova_rft.data import Rollout, reference_text
from nova_rft.errors import UsageError
from nova_rft.outcome import Outcome
from nova_rft.reward.functions._load import load_function
from nova_rft.reward.functions._timely import each_in_time
from nova_rft.spec import VerifiersTerm

_CARRIED: Final = ("prompt", "completion", "answer", "info", "task")


class VerifiersFunction:
    """Calls the function with what it asks for of each rollout."""

    def __init__(self, spec: VerifiersTerm, folder: Path) -> None:
        """Finds the function.

        Raises:
            UsageError: there is none, or it needs what only a running environment has.
        """
        self._function = load_function(spec, folder)
        takes = inspect.signature(self._function).parameters.values()
        self._anything = any(p.kind is p.VAR_KEYWORD for p in takes)
        self._names = [p.name for p in takes if p.name in _CARRIED]
        needed = [
            p.name
            for p in takes
            if p.name not in _CARRIED
            and p.default is p.empty
            and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        ]
        if needed:
            raise UsageError(
                f"reward term {spec.name}: {spec.function} needs {', '.join(needed)}; carried over are "
                f"{', '.join(_CARRIED)}"
            )

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One outcome for each rollout; an error and what came too late are abstentions."""
        calls = [partial(self._function, **self._arguments(rollout)) for rollout in rollouts]
        return each_in_time(calls, deadline)

    def _arguments(self, rollout: Rollout) -> dict[str, Any]:
        known = {
            "prompt": [{"role": turn.role, "content": turn.text} for turn in rollout.prompt],
            "completion": [{"role": "assistant", "content": rollout.response}],
            "answer": reference_text(rollout.reference) or "",
            "info": dict(rollout.metadata),
            "task": rollout.metadata.get("task", "default"),
        }
        return known if self._anything else {name: known[name] for name in self._names}
