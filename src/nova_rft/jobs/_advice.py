"""AWS's rules of thumb, applied to what a job measures while it runs.

Thresholds of RFT: Amazon Nova User Guide, reinforcement fine-tuning, monitoring (2026-11-01). For losses
it is the textbook's: training falls while validation rises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nova_rft.jobs._measures import Measure, column
from nova_rft.spec import Spec

# Of the best reward: a baseline above needs no RFT; and below which share it is too sparse.
_TOO_GOOD: Final = 0.95
_TOO_SPARSE: Final = 0.05
# A reward that stays below this and does not rise is a plateau.
_PLATEAU: Final = 0.15
# Steps that make the baseline, and the fewest that a trend is read from.
_BASELINE_STEPS: Final = 3
_TREND_STEPS: Final = 10
# The later half varies so many times as much as the first.
_RISING: Final = 2.0


@dataclass(frozen=True, slots=True)
class Advice:
    """One rule of thumb that speaks.

    Attributes:
        rule: Its name.
        since: The step from which it holds.
        message: What was seen, what it means and what to do.
    """

    rule: str
    since: int
    message: str

    def as_dict(self) -> dict[str, Any]:
        """As documented for `watch --json`."""
        return asdict(self)


def advise(measures: Sequence[Measure], spec: Spec) -> list[Advice]:
    """What AWS's rules of thumb say of a job's figures; nothing where they are too few."""
    if spec.technique == "rft":
        return [*_baseline(measures, spec), *_reward_trends(measures), *_apart(measures)]
    return list(_overfitting(measures))


def _baseline(measures: Sequence[Measure], spec: Spec) -> Iterator[Advice]:
    rewards = column(measures, "reward")[:_BASELINE_STEPS]
    if len(rewards) < _BASELINE_STEPS:
        return
    step, best = rewards[0][0], spec.required_reward.range[1]
    first = float(np.mean([value for _, value in rewards]))
    share = first / best if best > 0 else 0.0
    if share > _TOO_GOOD:
        yield Advice(
            "baseline_too_good",
            step,
            f"the base model earns {first:.3f} of at most {best:g}: above 95 % there is nothing to "
            "learn; make the reward harder, or do without RFT",
        )
    highest = [value for _, value in column(measures, "reward_max")[:_BASELINE_STEPS]]
    if highest and max(highest) <= 0:
        yield Advice(
            "baseline_zero",
            step,
            "no rollout of the first steps earned anything: RFT has nothing to reinforce; train by "
            "SFT first, or give partial credit",
        )
    elif share < _TOO_SPARSE:
        yield Advice(
            "reward_sparse",
            step,
            f"the base model earns {first:.3f} of at most {best:g}: under 5 % is too sparse; start "
            "with easier prompts, give partial credit, or train by SFT first",
        )


def _reward_trends(measures: Sequence[Measure]) -> Iterator[Advice]:
    rewards = column(measures, "reward")
    if len(rewards) < _TREND_STEPS:
        return
    steps, values = np.array(rewards).T
    half = len(values) // 2
    late, early = values[half:], values[:half]
    if late.mean() < _PLATEAU and abs(late.mean() - early.mean()) < max(early.std(), 1e-3):
        yield Advice(
            "plateau",
            int(steps[half]),
            f"the reward stays at {late.mean():.3f}: a plateau under 0.15; raise the learning rate, "
            "draw more rollouts for each prompt, or look for groups that all earn the same",
        )
    spread = [float(np.std(part - _line(part))) for part in (early, late)]
    if spread[1] > _RISING * spread[0] and spread[1] > 0.02:
        yield Advice(
            "variance_rises",
            int(steps[half]),
            f"the reward varies {spread[1] / max(spread[0], 1e-9):.1f} times as much as before: "
            "training grows unstable; lower the learning rate or take larger batches",
        )


def _line(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The straight line through some values: a trend is no noise."""
    x = np.arange(len(values), dtype=float)
    slope, start = np.polyfit(x, values, 1)
    return np.asarray(slope * x + start)


def _apart(measures: Sequence[Measure]) -> Iterator[Advice]:
    held = column(measures, "validation_reward")
    training = dict(column(measures, "reward"))
    if len(held) < 3:
        return
    best_step, best = max(held, key=lambda one: one[1])
    last_step, last = held[-1]
    at_best, now = (_near(training, step) for step in (best_step, last_step))
    if last < best - 0.02 and at_best is not None and now is not None and now > at_best:
        yield Advice(
            "validation_falls",
            best_step,
            f"since step {best_step} the training reward rose to {now:.3f} while validation fell from "
            f"{best:.3f} to {last:.3f}: the policy learns the reward and not the task; stop, and take "
            "the checkpoint before",
        )


def _near(values: dict[int, float], step: int) -> float | None:
    known = [one for one in values if one <= step]
    return float(np.mean([values[one] for one in sorted(known)[-3:]])) if known else None


def _overfitting(measures: Sequence[Measure]) -> Iterator[Advice]:
    held, training = column(measures, "validation_loss"), column(measures, "loss")
    if len(held) < 3 or len(training) < 3:
        return
    best_step, best = min(held, key=lambda one: one[1])
    last = held[-1][1]
    falls = training[-1][1] < training[len(training) // 2][1]
    if last > 1.02 * best and falls:
        yield Advice(
            "overfitting",
            best_step,
            f"since step {best_step} the validation loss rose from {best:.3f} to {last:.3f} while the "
            "training loss fell: the records are learnt by heart; train for fewer steps",
        )
