"""What a rehearsal measures at each step: figures by name, from the answers alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nova_rft.grpo import group_signal
from nova_rft.rehearse._grade import Graded
from nova_rft.reward.penalties.repetition import repeated_share

TERM: Final = "term:"
WEIGHTED: Final = "weighted:"
CHECK: Final = "check:"
# What a text is repeated by, in characters; runs of words without spaces between do not escape it.
_RUN: Final = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One step of training, or one look at held-out prompts.

    Attributes:
        number: How many steps were taken before; a step's own rollouts are by the policy of then.
        figures: By name: `reward`, `reward_deviation`, `tied` (share of groups that all earned the
            same), `length` (tokens), `words`, `characters`, `repeated`, `truncated`, `abstained`,
            `entropy`, `check` (mean of the checks), `check_deviation`, and by prefix `term:` (raw
            values), `weighted:` (what terms brought into the reward) and `check:`.
        rollouts: How many they are means of.
        held_out: Whether it is a look at held-out prompts.
        seconds: Of training, when it was over.
    """

    number: int
    figures: Mapping[str, float]
    rollouts: int
    held_out: bool = False
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """As a run's folder keeps it."""
        return {
            "step": self.number,
            "held_out": self.held_out,
            "seconds": round(self.seconds, 3),
            "rollouts": self.rollouts,
            **self.figures,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Step:
        """The other way."""
        own = {"step", "held_out", "seconds", "rollouts"}
        figures = {name: float(value) for name, value in row.items() if name not in own}
        return cls(row["step"], figures, row["rollouts"], row["held_out"], row["seconds"])


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rollouts and what is known of them.

    Attributes:
        responses: The policy's texts.
        groups: The prompt of each.
        graded: What the answer says.
        checks: The checks of each, by name.
        tokens: How long each is, in the policy's tokens.
        more: Figures of the batch that the trainer itself measured.
    """

    responses: Sequence[str]
    groups: Sequence[int]
    graded: Sequence[Graded]
    checks: Sequence[Mapping[str, float]]
    tokens: Sequence[int]
    more: Mapping[str, float] = field(default_factory=dict)


def figures_of(batch: Batch) -> dict[str, float]:
    """The figures of one batch; see `Step`."""
    rewards = [one.reward for one in batch.graded]
    found = {
        "reward": _mean(rewards),
        "reward_deviation": _deviation(rewards),
        "abstained": _mean([float(one.abstained) for one in batch.graded]),
        "length": _mean(batch.tokens),
        "words": _mean([len(said.split()) for said in batch.responses]),
        "characters": _mean([len("".join(said.split())) for said in batch.responses]),
        "repeated": _mean([_repeated(said) for said in batch.responses]),
        **_means(TERM, (one.values for one in batch.graded)),
        **_means(WEIGHTED, (one.weighted for one in batch.graded)),
        **_means(CHECK, batch.checks),
        **batch.more,
    }
    tied = group_signal(rewards, batch.groups).share_without_signal
    if tied is not None:
        found["tied"] = tied
    checked = [_mean(list(one.values())) for one in batch.checks if one]
    if checked:
        found["check"] = _mean(checked)
        found["check_deviation"] = _deviation(checked)
    return found


def _repeated(said: str) -> float:
    return repeated_share("".join(said.lower().split()), _RUN)


def _means(prefix: str, rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            found[prefix + name].append(value)
    return {name: _mean(values) for name, values in found.items()}


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _deviation(values: Sequence[float]) -> float:
    mean = _mean(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return math.sqrt(squares / (len(values) - 1)) if len(values) > 1 else 0.0
