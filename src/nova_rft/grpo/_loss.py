"""The losses of GRPO and its relatives, with their gradients, as NumPy functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.grpo._arrays import Bools, Floats
from nova_rft.grpo._batch import Batch, Block, read_entropies
from nova_rft.grpo._kl import ESTIMATORS, Estimator
from nova_rft.grpo._loss_settings import Kind, Level, LossSettings
from nova_rft.grpo._masks import high_entropy
from nova_rft.grpo._surrogates import (
    Surrogate,
    bounded,
    capped_weight,
    clipped,
    gamma_weights,
    held_weight,
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
    batch = Batch(logps_NT, old_logps_NT, advantages_N, mask_NT, ref_logps_NT)
    settings.check_length(int(batch.lengths_N.max()))
    chosen_NT = None
    if entropies_NT is not None and top_entropy_quantile < 1:
        entropies_M = read_entropies(entropies_NT, batch.mask_NT)
        chosen_NT = high_entropy(entropies_M, batch.mask_NT, top_entropy_quantile)
    return _loss(batch, chosen_NT, settings)


def _loss(batch: Batch, chosen_NT: Bools | None, settings: LossSettings) -> LossResult:
    gradient_NT = np.zeros(batch.mask_NT.shape)
    clipped_NT = np.zeros(batch.mask_NT.shape, dtype=np.bool_)
    total = 0.0
    for block in batch.blocks(_shares(batch, settings)):
        chosen_M = None if chosen_NT is None else chosen_NT[block.rows][block.mask_RT]
        value, gradient_M, clipped_M = _of_block(block, chosen_M, settings)
        gradient_NT[block.rows][block.mask_RT] = gradient_M
        clipped_NT[block.rows][block.mask_RT] = clipped_M
        total += value
    return LossResult(total, gradient_NT, clipped_NT)


def _of_block(
    block: Block, chosen_M: Bools | None, settings: LossSettings
) -> tuple[float, Floats, Bools]:
    """What the block adds to the loss, its gradient, and where clipping took hold."""
    sequence, share_M = settings.level == "sequence", block.spread(block.share_R)
    log_ratio_M = block.log_ratio_M
    ratio_M = np.exp(block.spread(block.means(log_ratio_M)) if sequence else log_ratio_M)
    policy = _surrogate(block, ratio_M, settings)
    weight_M = share_M if chosen_M is None else share_M * chosen_M
    value = float(weight_M @ policy.value_M)
    slope_M = weight_M * policy.slope_M
    by_logp, by_log_ratio = ([slope_M], []) if policy.held else ([], [slope_M])
    if settings.beta and block.gap_M is not None:
        kl = ESTIMATORS[settings.kl](block.gap_M)
        pull_M = share_M * settings.beta
        if settings.unbiased_kl:
            pull_M *= ratio_M
            by_log_ratio.append(pull_M * kl.value_M)
        by_logp.append(pull_M * kl.slope_M)
        value += float(pull_M @ kl.value_M)
    if sequence and by_log_ratio:
        # A sequence's one ratio moves by 1 / length with each of its tokens.
        by_log_ratio = [block.spread(block.means(reduce(np.add, by_log_ratio)))]
    gradient_M = reduce(np.add, by_logp + by_log_ratio)
    return value, gradient_M, policy.cut_M if chosen_M is None else policy.cut_M & chosen_M


def _surrogate(block: Block, ratio_M: Floats, settings: LossSettings) -> Surrogate:
    advantages_M, logps_M = block.spread(block.advantages_R), block.logps_M
    if settings.kind == "cispo":
        return capped_weight(ratio_M, advantages_M, logps_M, settings.high)
    if settings.kind == "sapo":
        return soft_gate(ratio_M, advantages_M, settings.temperatures)
    if settings.kind == "vespo":
        log_ratio_R = block.sums(bounded(block.log_ratio_M))
        weight_R = gamma_weights(log_ratio_R, block.advantages_R, settings.gamma_shapes)
        return held_weight(block.spread(weight_R), advantages_M, logps_M)
    return clipped(ratio_M, advantages_M, settings.epsilon_low, settings.high, settings.delta)


def _shares(batch: Batch, settings: LossSettings) -> Floats:
    """What a token of each rollout counts in the sum: one over the kind's divisor."""
    rollouts = batch.lengths_N.size
    if settings.kind in ("grpo", "sapo"):
        shares_N: Floats = 1 / (rollouts * np.maximum(batch.lengths_N, 1))
        return shares_N
    divisor = float(rollouts)
    if settings.kind == "dr_grpo" and settings.max_length is not None:
        divisor *= settings.max_length
    elif settings.kind != "luspo":
        divisor = max(settings.window_tokens or float(batch.lengths_N.sum()), 1.0)
    return np.full(rollouts, 1 / divisor)
