"""The losses of GRPO and its relatives, with their gradients, as NumPy functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.grpo._arrays import Bools, Floats
from nova_rft.grpo._batch import Batch, read_batch, read_entropies
from nova_rft.grpo._kl import ESTIMATORS, Estimator
from nova_rft.grpo._loss_settings import Kind, Level, LossSettings
from nova_rft.grpo._masks import high_entropy
from nova_rft.grpo._surrogates import (
    Surrogate,
    capped_weight,
    clipped,
    gamma_weight,
    soft_gate,
)


@dataclass(frozen=True, slots=True)
class LossResult:
    """A loss, and how it changes.

    Attributes:
        value: To be made small.
        gradient_NT: Its derivative by each log-probability of the policy; 0 outside the mask.
        clipped_NT: Tokens in the mask where clipping took hold.
    """

    value: float
    gradient_NT: Floats
    clipped_NT: Bools


def loss(
    logps_NT: ArrayLike,
    old_logps_NT: ArrayLike,
    advantages_N: ArrayLike,
    mask_NT: ArrayLike,
    *,
    kind: Kind = "dapo",
    epsilon_low: float = 0.2,
    epsilon_high: float | None = None,
    delta: float | None = None,
    level: Level = "token",
    beta: float = 0.0,
    kl: Estimator = "k3",
    unbiased_kl: bool = True,
    ref_logps_NT: ArrayLike | None = None,
    entropies_NT: ArrayLike | None = None,
    top_entropy_quantile: float = 1.0,
    max_length: int | None = None,
    window_tokens: float | None = None,
    temperatures: tuple[float, float] = (1.0, 1.05),
    gamma_shapes: tuple[tuple[float, float], tuple[float, float]] = ((2.0, 3.0), (3.0, 2.0)),
) -> LossResult:
    """The loss of one batch and its gradient.

    With w the ratio of probabilities, new over old, A the advantage, and x = -min(w A, clip(w) A):

    - `grpo` (2402.03300): x, mean over a rollout's tokens, then over rollouts.
    - `bnpo`: x, mean over the tokens of this batch.
    - `dapo` (2503.14476): x, sum over the tokens of the accumulation window.
    - `dr_grpo` (2503.20783): x, sum over rollouts times `max_length`.
    - `luspo` (2602.05261): x, sum over a rollout's tokens, mean over rollouts; its paper's level is
      `sequence`.
    - `cispo` (2506.13585): -min(w, epsilon_high) A log pi, the weight held fixed, as `dapo`.
    - `sapo` (2511.20347): -A sigmoid(tau (w - 1)) 4 / tau, as `grpo`.
    - `vespo` (2602.10693): -exp(lam + k ln W - lam W) A log pi, the weight held fixed and W of the whole
      sequence, as `dapo`. The level then concerns `unbiased_kl` alone.

    At level `sequence` (GSPO, 2507.18071) w is the exponential of the mean log ratio of a rollout.

    Deviations from the papers are TRL 1.16's, with which values and gradients agree: `dapo`, `cispo`
    and `vespo` divide by all tokens, where the papers divide group by group; `epsilon_high` of `cispo`
    is the cap itself (ScaleRL, 2510.13786), not what it lies above 1; `unbiased_kl` is on
    (2512.02556), which GRPO's paper has not. Deviations from TRL: what is outside the mask may be
    anything, also NaN; `delta` at or under the clip range is refused; k1 and k2 are ours.

    Args:
        logps_NT: Log-probability of each token of N rollouts, T at most, under the policy.
        old_logps_NT: The same under the policy that wrote them.
        advantages_N: One for each rollout, as `advantages` gives them.
        mask_NT: 1 for a token of the rollout that counts, 0 for padding, tools' words and truncated
            rollouts (`without_truncated`).
        kind: See above.
        epsilon_low: The ratio is clipped below 1 - epsilon_low; from 0 to 1.
        epsilon_high: And above 1 + epsilon_high; None for epsilon_low, for `cispo` for 5.
        delta: Holds the ratio of a negative advantage under this, above 1 + epsilon_high: the two-sided
            clip of 2505.07291, and verl's dual clip.
        level: `token` or `sequence`.
        beta: Weight of the divergence from the reference.
        kl: Its estimator; see docs/grpo.md.
        unbiased_kl: Multiply the divergence by w, so that its gradient is that of the reverse KL.
        ref_logps_NT: Log-probabilities under the reference; needed with a beta.
        entropies_NT: Entropy of the policy at each token, in nats; needed with a quantile below 1.
        top_entropy_quantile: Keep the policy's part of the loss for this share of the tokens, those of
            highest entropy (2506.01939); the divergence and the divisor stay those of all.
        max_length: Length limit of a rollout in tokens; needed by `dr_grpo`, which alone reads it.
        window_tokens: Tokens of the accumulation window of which this batch is a part, by which `dapo`,
            `cispo` and `vespo` divide; None where this batch is all of it.
        temperatures: Of `sapo`, for positive advantages and for others.
        gamma_shapes: Of `vespo`, (k, lam) for advantages of 0 or more and for others.

    Raises:
        UsageError: shapes differ, a number is none, or settings do not go together.
    """
    settings = LossSettings(
        kind,
        epsilon_low,
        epsilon_high,
        delta,
        level,
        beta,
        kl,
        unbiased_kl,
        top_entropy_quantile,
        max_length,
        window_tokens,
        temperatures,
        gamma_shapes,
    )
    settings.check(reference=ref_logps_NT is not None, entropies=entropies_NT is not None)
    batch = read_batch(logps_NT, old_logps_NT, advantages_N, mask_NT, ref_logps_NT)
    settings.check_length(int(batch.lengths_N1.max()))
    chosen_NT = batch.mask_NT
    if entropies_NT is not None and top_entropy_quantile < 1:
        entropies = read_entropies(entropies_NT, batch.mask_NT)
        chosen_NT = high_entropy(entropies, batch.mask_NT, top_entropy_quantile)
    return _loss(batch, chosen_NT, settings)


def _loss(batch: Batch, chosen_NT: Bools, settings: LossSettings) -> LossResult:
    ratio = np.exp(_log_ratio(batch, settings.level))
    surrogate = _surrogate(batch, ratio, settings)
    share_N1 = _shares(batch, settings)
    weight_NT = chosen_NT * share_N1
    total = float(np.vdot(weight_NT, np.broadcast_to(surrogate.value, weight_NT.shape)))
    direct = 0.0 if surrogate.direct is None else weight_NT * surrogate.direct
    through = None if surrogate.slope is None else weight_NT * surrogate.slope
    if settings.beta and batch.reference_NT is not None:
        weight_NT = batch.mask_NT * (share_N1 * settings.beta)
        found = ESTIMATORS[settings.kl](batch.reference_NT - batch.logps_NT)
        factor = ratio if settings.unbiased_kl else 1.0
        pulled_NT = weight_NT * factor * found.value_NT
        total += float(pulled_NT.sum())
        direct = direct + weight_NT * factor * found.slope_NT
        if settings.unbiased_kl:
            through = pulled_NT if through is None else through + pulled_NT
    gradient_NT = np.zeros(weight_NT.shape) + direct
    if through is not None:
        gradient_NT += _through_ratio(batch, through, settings.level)
    return LossResult(total, gradient_NT, chosen_NT & surrogate.cut)


def _log_ratio(batch: Batch, level: Level) -> Floats:
    if level == "token":
        return batch.log_ratio_NT
    mean_N1: Floats = batch.log_ratio_NT.sum(axis=1, keepdims=True) / batch.lengths_N1
    return mean_N1


def _through_ratio(batch: Batch, slope_NT: Floats, level: Level) -> Floats:
    """From derivatives by the logarithm of the ratio to derivatives by log-probabilities."""
    if level == "token":
        return slope_NT
    # A sequence's one ratio moves by 1 / length with each of its tokens.
    moved_NT: Floats = batch.mask_NT * (slope_NT.sum(axis=1, keepdims=True) / batch.lengths_N1)
    return moved_NT


def _surrogate(batch: Batch, ratio: Floats, settings: LossSettings) -> Surrogate:
    advantages_N1 = batch.advantages_N1
    if settings.kind == "cispo":
        return capped_weight(ratio, advantages_N1, batch.logps_NT, settings.high)
    if settings.kind == "sapo":
        return soft_gate(ratio, advantages_N1, settings.temperatures)
    if settings.kind == "vespo":
        return gamma_weight(
            batch.log_ratio_NT, advantages_N1, batch.logps_NT, settings.gamma_shapes
        )
    return clipped(ratio, advantages_N1, settings.epsilon_low, settings.high, settings.delta)


def _shares(batch: Batch, settings: LossSettings) -> Floats:
    """What a token of each rollout counts in the sum: one over the kind's divisor."""
    if settings.kind in ("grpo", "sapo"):
        return 1 / (batch.rollouts * batch.lengths_N1)
    divisor = float(batch.rollouts)
    if settings.kind == "dr_grpo" and settings.max_length is not None:
        divisor *= settings.max_length
    elif settings.kind != "luspo":
        tokens = float(np.count_nonzero(batch.mask_NT))
        divisor = max(settings.window_tokens or tokens, 1.0)
    return np.full((batch.rollouts, 1), 1 / divisor)
