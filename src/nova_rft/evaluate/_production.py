"""Metrics of production beside an evaluation: what users did, model by model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from nova_rft.calibrate import Figure
from nova_rft.calibrate._figure import LEAST, too_few
from nova_rft.calibrate._resample import Resampling
from nova_rft.calibrate.labels._cells import UnreadableCell, metric
from nova_rft.calibrate.metrics import Floats, Prompts, spearman
from nova_rft.data import record_source
from nova_rft.data.source import objects
from nova_rft.errors import UsageError
from nova_rft.evaluate._contender import BASE
from nova_rft.evaluate._gain import How
from nova_rft.sampling import Prompt

# Counts of one block of draws.
_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Beside:
    """One metric of production of a contender and of the base.

    Attributes:
        contender: Its name.
        metric: As the file names it; with a minus before where less is better.
        base: The base's mean.
        mine: The contender's.
        gain: By how much the contender is better, with an interval over observations, which are taken
            to be independent.
        observations: Of the base and of the contender.
    """

    contender: str
    metric: str
    base: float
    mine: float
    gain: Figure
    observations: tuple[int, int]

    @property
    def word(self) -> str:
        """better, worse, or no difference shown."""
        low, high = self.gain.low, self.gain.high
        if low is None or high is None or low <= 0 <= high:
            return "no difference shown"
        return "better" if low > 0 else "worse"

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            "model": self.contender,
            "metric": self.metric,
            "base": self.base,
            "mine": self.mine,
            "gain": self.gain.as_dict(),
            "observations": list(self.observations),
            "says": self.word,
        }


def beside(
    file: Path, metrics: Sequence[str], names: Sequence[str], how: How
) -> tuple[Beside, ...]:
    """Each metric of each contender that the file has observations of, against the base's.

    Args:
        file: JSON Lines or CSV; `model` names the contender.
        metrics: Fields; a minus before one says that less is better.
        names: The contenders', the base among them.
        how: How intervals are made.

    Raises:
        UsageError: the file cannot be read, or has no observation of the base.
    """
    seen: dict[tuple[str, str], list[float]] = {}
    for model, name, value in _observations(file, metrics):
        seen.setdefault((model, name), []).append(value)
    found = []
    for name in metrics:
        base = seen.get((BASE, name))
        if base is None:
            raise UsageError(
                f"{file}: no row has model {BASE} and a number under {name.lstrip('-')}"
            )
        for one in names:
            if one != BASE and (one, name) in seen:
                found.append(_beside(one, name, base, seen[one, name], how))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Followed:
    """How far a measure goes with a metric of production, prompt by prompt.

    Attributes:
        metric: A field of the records.
        measure: The primary one, of the base's answers.
        prompts: That have both.
        spearman: Rank correlation; what of the measure users can be seen to care about.
    """

    metric: str
    measure: str
    prompts: int
    spearman: Figure

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {**asdict(self), "spearman": self.spearman.as_dict()}


def followed(
    prompts: Sequence[Prompt], fields: Sequence[str], measure: str, values_C: Floats, how: How
) -> tuple[Followed, ...]:
    """How far a measure goes with each field of the records.

    Args:
        prompts: The records.
        fields: Metrics, under their names or under `metrics`.
        measure: Its name.
        values_C: Its value at each prompt; NaN where there is none.
        how: How intervals are made.

    Raises:
        UsageError: a cell is no number, or no record has the field.
    """
    found = []
    for name in fields:
        cells_C = np.array([_cell(prompt, name) for prompt in prompts])
        if not np.isfinite(cells_C).any():
            raise UsageError(f"evaluation.production.fields: no record has a number under {name}")
        known_C = np.isfinite(cells_C) & np.isfinite(values_C)
        each = Prompts.of(range(int(known_C.sum())))
        statistic = spearman(values_C[known_C], cells_C[known_C], each)
        figure = Resampling(each.count, how.draws, how.seed).figure(statistic)
        found.append(Followed(name, measure, each.count, figure))
    return tuple(found)


def _cell(prompt: Prompt, name: str) -> float:
    fields = prompt.rollout.metadata
    inner = fields.get("metrics")
    given = inner.get(name) if isinstance(inner, Mapping) and name in inner else fields.get(name)
    try:
        value = metric(given, name)
    except UnreadableCell as problem:
        raise UsageError(f"line {prompt.line} of the records: {name} {problem}") from None
    return math.nan if value is None else value


def _observations(file: Path, metrics: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    for line, row in objects(record_source(file)):
        for name in metrics:
            try:
                value = metric(row.get(name.lstrip("-")), name)
            except UnreadableCell as problem:
                raise UsageError(f"{file}:{line}: {name.lstrip('-')} {problem}") from None
            if value is not None:
                yield str(row.get("model")), name, value


def _beside(name: str, metric: str, base: list[float], mine: list[float], how: How) -> Beside:
    sign = -1.0 if metric.startswith("-") else 1.0
    one_N, other_N = np.array(mine), np.array(base)
    value = sign * float(one_N.mean() - other_N.mean())
    least = min(one_N.size, other_N.size)
    gain = Figure(value, reason=too_few(least, "observations"))
    if least >= LEAST:
        dice = np.random.default_rng(how.seed)
        drawn_D = sign * (_means(one_N, how.draws, dice) - _means(other_N, how.draws, dice))
        low, high = np.quantile(drawn_D, [0.025, 0.975])
        gain = Figure(value, min(float(low), value), max(float(high), value))
    counts = (other_N.size, one_N.size)
    return Beside(name, metric, float(other_N.mean()), float(one_N.mean()), gain, counts)


def _means(values_N: Floats, draws: int, dice: np.random.Generator) -> Floats:
    """Means of resamples, by how often each distinct value is drawn: few, as a rule."""
    known_K, counts_K = np.unique(values_N, return_counts=True)
    step = max(_AT_ONCE // known_K.size, 1)
    sizes = [min(step, draws - start) for start in range(0, draws, step)]
    share_K = counts_K / values_N.size
    parts = [dice.multinomial(values_N.size, share_K, size=one) @ known_K for one in sizes]
    return np.concatenate(parts) / values_N.size
