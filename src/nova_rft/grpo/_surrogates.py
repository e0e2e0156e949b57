"""What each kind of loss takes of a token: its value, and where its derivative comes from.

`ratio_M` is the policy's probability over the old policy's: of the token, or of its whole sequence. A
derivative comes through the ratio or, where the ratio is only a weight that is held fixed, through the
log-probability beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from nova_rft.grpo._arrays import Bools, Floats

# Of VESPO's own code, and of TRL's.
_MOST_LOG_RATIO: Final = 20.0
_LEAST_LOG_WEIGHT: Final = float(np.log(1e-8))


@dataclass(frozen=True, slots=True)
class Surrogate:
    """Loss of each token, before it is weighted and summed.

    Attributes:
        value_M: To be made small.
        slope_M: Its derivative by the logarithm of the ratio, or by the token's log-probability.
        held: Whether it is the latter.
        cut_M: Where clipping took hold: no derivative, or for `cispo` one of a capped weight.
    """

    value_M: Floats
    slope_M: Floats
    held: bool
    cut_M: Bools


def clipped(
    ratio_M: Floats, advantages_M: Floats, low: float, high: float, delta: float | None
) -> Surrogate:
    """-min(min(w, delta) A, clip(w, 1 - low, 1 + high) A), of PPO's family.

    That is -A times the ratio, held under 1 + high where A is positive, and over 1 - low and under
    delta where it is negative.
    """
    worst = np.inf if delta is None else delta
    ceiling_M = np.where(advantages_M > 0, 1 + high, worst)
    held_M = np.maximum(np.minimum(ratio_M, ceiling_M), (advantages_M < 0) * (1 - low))
    cut_M = (held_M != ratio_M) & (advantages_M != 0)
    value_M = held_M * -advantages_M
    return Surrogate(value_M, value_M * ~cut_M, False, cut_M)


def held_weight(weight_M: Floats, advantages_M: Floats, logps_M: Floats) -> Surrogate:
    """-weight A log pi, where no derivative goes through the weight."""
    slope_M = weight_M * -advantages_M
    return Surrogate(slope_M * logps_M, slope_M, True, np.zeros(slope_M.shape, dtype=np.bool_))


def capped_weight(ratio_M: Floats, advantages_M: Floats, logps_M: Floats, most: float) -> Surrogate:
    """-min(w, most) A log pi with the weight held fixed: CISPO, arXiv 2506.13585."""
    cut_M = (ratio_M > most) & (advantages_M != 0)
    return replace(held_weight(np.minimum(ratio_M, most), advantages_M, logps_M), cut_M=cut_M)


def soft_gate(
    ratio_M: Floats, advantages_M: Floats, temperatures: tuple[float, float]
) -> Surrogate:
    """-A sigmoid(tau (w - 1)) 4 / tau: SAPO, arXiv 2511.20347; slope -A at a ratio of 1."""
    tau_M = np.where(advantages_M > 0, *temperatures)
    # A ratio is never negative, so this does not overflow, and a far gate's small rest is kept.
    shut_M = np.exp(tau_M * (1 - ratio_M))
    gate_M = 1 / (1 + shut_M)
    part_M = gate_M * advantages_M * -4
    slope_M = part_M * gate_M * shut_M * ratio_M
    return Surrogate(part_M / tau_M, slope_M, False, np.zeros(ratio_M.shape, dtype=np.bool_))


def bounded(log_ratio_M: Floats) -> Floats:
    """Log ratios of tokens as `gamma_weights` wants them summed."""
    bounded_M: Floats = np.minimum(np.maximum(log_ratio_M, -_MOST_LOG_RATIO), _MOST_LOG_RATIO)
    return bounded_M


def gamma_weights(
    log_ratio_R: Floats,
    advantages_R: Floats,
    shapes: tuple[tuple[float, float], tuple[float, float]],
) -> Floats:
    """exp(lam + k ln W - lam W) of each rollout: VESPO, arXiv 2602.10693; 1 at a ratio of 1.

    W is the ratio of the whole sequence, the product over its tokens; (k, lam) is the first of the
    shapes where A is 0 or more, else the second.
    """
    log_ratio_R = np.minimum(np.maximum(log_ratio_R, _LEAST_LOG_WEIGHT), _MOST_LOG_RATIO)
    good_R = advantages_R >= 0
    k_R, lam_R = (np.where(good_R, shapes[0][n], shapes[1][n]) for n in (0, 1))
    weights_R: Floats = np.exp(lam_R * (1 - np.exp(log_ratio_R)) + k_R * log_ratio_R)
    return weights_R
