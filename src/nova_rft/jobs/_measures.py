"""What a job measures of itself, under one set of names whatever the backend writes."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

# By the names that backends use: verl's (Bedrock's RFT, SageMaker's logs), the OpenAI-compatible API's
# events, Bedrock's CSV files, and what supervised trainers write.
NAMES: Final[Mapping[str, str]] = {
    "critic/rewards/mean": "reward",
    "critic/rewards/max": "reward_max",
    "critic/rewards/min": "reward_min",
    "val-score/rewards/mean@1": "validation_reward",
    "actor/entropy": "entropy",
    "actor/pg_loss": "policy_loss",
    "actor/pg_clipfrac": "clip_fraction",
    "actor/grad_norm": "grad_norm",
    "critic/advantages/mean": "advantage",
    "prompt_length/mean": "prompt_length",
    "response_length/mean": "length",
    "response/aborted_ratio": "aborted",
    "critic_rewards_mean": "reward",
    "critic_advantages_mean": "advantage",
    "actor_pg_loss": "policy_loss",
    "actor_entropy": "entropy",
    "actor_grad_norm": "grad_norm",
    "response_length_mean": "length",
    "training_loss": "loss",
    "train_loss": "loss",
    "loss": "loss",
    "validation_loss": "validation_loss",
    "val_loss": "validation_loss",
    "perplexity": "perplexity",
    "learning_rate": "learning_rate",
    "lr": "learning_rate",
}
_STEP: Final = ("step_number", "step", "global_step")
# `step:12 - critic/rewards/mean:0.41 - actor/entropy:1.3`, as verl's console logger writes it.
_LINE: Final = re.compile(r"\bstep:(\d+)\b(.*)")
_PAIR: Final = re.compile(r"\s-\s([\w/@.-]+):(-?[\d.]+(?:e[+-]?\d+)?|nan|inf|-inf)(?=\s|$)", re.I)


@dataclass(frozen=True, slots=True)
class Measure:
    """The figures of one step.

    Attributes:
        step: From 1.
        values: Finite figures, by our names.
    """

    step: int
    values: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The step as documented for `watch --json`."""
        return {"step": self.step, **self.values}


def from_csv(text: str) -> list[Measure]:
    """Figures of a CSV file with a column of steps, as Bedrock and HyperPod write them."""
    rows = csv.DictReader(io.StringIO(text))
    return _merged(_of_row(row) for row in rows)


def from_log(lines: Iterable[str]) -> list[Measure]:
    """Figures in lines of a training log; whatever else it says is passed over."""
    return _merged(_of_line(line) for line in lines)


def from_events(events: Iterable[Mapping[str, Any]]) -> list[Measure]:
    """Figures of the OpenAI-compatible API's events, in any order."""
    return _merged(
        _of_row(event.get("data") or {}) for event in events if event.get("type") == "metrics"
    )


def merged(*series: Iterable[Measure]) -> list[Measure]:
    """One series of several, step by step; a later series' figure counts."""
    return _merged((one.step, one.values) for each in series for one in each)


def column(measures: Iterable[Measure], name: str) -> list[tuple[int, float]]:
    """One figure's steps and values."""
    return [(one.step, one.values[name]) for one in measures if name in one.values]


def _of_line(line: str) -> tuple[int, Mapping[str, float]] | None:
    found = _LINE.search(line)
    if found is None:
        return None
    return int(found[1]), _ours(_PAIR.findall(found[2]))


def _of_row(row: Mapping[str, Any]) -> tuple[int, Mapping[str, float]] | None:
    for name in _STEP:
        try:
            return int(float(row[name])), _ours(row.items())
        except (KeyError, TypeError, ValueError):
            continue
    return None


def _ours(pairs: Iterable[tuple[str, Any]]) -> dict[str, float]:
    values = {}
    for name, given in pairs:
        ours = NAMES.get(name)
        if ours is None:
            continue
        try:
            value = float(given)
        except (TypeError, ValueError):
            continue
        if math.isfinite(value):
            values[ours] = value
    return values


def _merged(steps: Iterable[tuple[int, Mapping[str, float]] | None]) -> list[Measure]:
    found: dict[int, dict[str, float]] = {}
    for step in steps:
        if step is not None:
            found.setdefault(step[0], {}).update(step[1])
    return list(_in_order(found))


def _in_order(found: Mapping[int, Mapping[str, float]]) -> Iterator[Measure]:
    for step in sorted(found):
        if found[step]:
            yield Measure(step, dict(found[step]))
