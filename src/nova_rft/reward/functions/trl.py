"""A reward function of TRL's GRPO trainer as a term.

The signature is TRL's (`GRPOTrainer`, `reward_funcs`): prompts, completions and one list for each column
of the data set, answered by one number or None for each completion.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from nova_rft.data import Rollout, reference_text
from nova_rft.errors import UsageError
from nova_rft.outcome import Abstention, Cause, Outcome
from nova_rft.reward.functions._load import load_function
from nova_rft.reward.functions._timely import as_outcome, each_in_time, finished
from nova_rft.spec import TrlTerm

# What TRL hands over that no reward event holds.
NOT_CARRIED: Final = ("completion_ids", "prompt_ids", "trainer_state", "log_extra", "log_metric")


class TrlFunction:
    """Calls the function once with all rollouts of an event."""

    def __init__(self, spec: TrlTerm, folder: Path) -> None:
        """Finds the function.

        Raises:
            UsageError: there is none, or it needs what only TRL has.
        """
        self._function = load_function(spec, folder)
        self._conversational = spec.conversational
        self._takes = inspect.signature(self._function).parameters
        needed = [
            name
            for name, parameter in self._takes.items()
            if name in NOT_CARRIED and parameter.default is parameter.empty
        ]
        if needed:
            raise UsageError(
                f"reward term {spec.name}: {spec.function} needs {', '.join(needed)}, which a reward "
                "event does not hold; give it a default"
            )

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One outcome for each rollout; None, an error and what came too late are abstentions."""
        given: list[Any] = []
        whole = each_in_time([lambda: given.extend(self._call(rollouts))], deadline)[0]
        if len(given) == len(rollouts):
            return [_one(value) for value in given]
        if isinstance(whole, Abstention) and whole.cause is not Cause.NO_VALUE:
            return [whole] * len(rollouts)
        why = f"the function gave {len(given)} rewards for {len(rollouts)} completions"
        return [Abstention(Cause.TERM_FAILED, why)] * len(rollouts)

    def _call(self, rollouts: Sequence[Rollout]) -> Sequence[Any]:
        columns = self._columns(rollouts)
        anything = any(p.kind is p.VAR_KEYWORD for p in self._takes.values())
        chosen = {name: value for name, value in columns.items() if anything or name in self._takes}
        rewards: Sequence[Any] = finished(self._function(**chosen))
        return list(rewards)

    def _columns(self, rollouts: Sequence[Rollout]) -> dict[str, list[Any]]:
        fields = sorted({field for rollout in rollouts for field in rollout.metadata})
        columns: dict[str, list[Any]] = {
            field: [rollout.metadata.get(field) for rollout in rollouts] for field in fields
        }
        columns["reference_answer"] = [rollout.reference for rollout in rollouts]
        columns.setdefault("answer", [reference_text(rollout.reference) for rollout in rollouts])
        columns["prompts"] = [self._prompt(rollout) for rollout in rollouts]
        columns["completions"] = [self._completion(rollout.response) for rollout in rollouts]
        return columns

    def _prompt(self, rollout: Rollout) -> Any:
        if not self._conversational:
            return rollout.prompt_text
        return [{"role": turn.role, "content": turn.text} for turn in rollout.prompt]

    def _completion(self, response: str) -> Any:
        return [{"role": "assistant", "content": response}] if self._conversational else response


def _one(value: Any) -> Outcome:
    try:
        return as_outcome(value)
    except (TypeError, ValueError) as error:
        return Abstention(Cause.TERM_FAILED, str(error)[:500])
