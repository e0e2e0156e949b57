"""What each kind of loss takes of a token: its value, and where its derivative comes from.

`ratio` is the policy's probability over the old policy's: of each token (N, T), or of each sequence
(N, 1). A derivative comes through the ratio (`slope`, by the ratio's logarithm) or, where the ratio is
only a weight that is held fixed, through the log-probability beside it (`direct`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nova_rft.grpo._arrays import Bools, Floats

# Of VESPO's own code, and of TRL's.
_MOST_LOG_RATIO = 20.0
_LEAST_LOG_WEIGHT = float(np.log(1e-8))


@dataclass(frozen=True, slots=True)
class Surrogate:
    """Loss of each token, before it is weighted and summed; (N, T), or (N, 1) for a sequence's.

    Attributes:
        value: To be made small.
        slope: Derivative of the value by the logarithm of the ratio; None for 0.
        direct: Derivative of the value by the token's log-probability at a fixed ratio; None for 0.
        cut: Where clipping took hold: no derivative, or for `cispo` one of a capped weight.
    """

    value: Floats
    slope: Floats | None
    direct: Floats | None
    cut: Bools


def clipped(
    ratio: Floats, advantages_N1: Floats, low: float, high: float, delta: float | None
) -> Surrogate:
    """-min(min(w, delta) A, clip(w, 1 - low, 1 + high) A), of PPO's family.

    That is -A times the ratio, held under 1 + high where A is positive, and over 1 - low and under
    delta where it is negative.
    """
    better_N1, worse_N1 = advantages_N1 > 0, advantages_N1 < 0
    floor_N1 = np.where(worse_N1, 1 - low, 0.0)
    worst = np.inf if delta is None else delta
    ceiling_N1 = np.where(better_N1, 1 + high, np.where(worse_N1, worst, np.inf))
    held = np.minimum(np.maximum(ratio, floor_N1), ceiling_N1)
    cut = held != ratio
    value = held * -advantages_N1
    return Surrogate(value, np.where(cut, 0.0, value), None, cut)


def capped_weight(ratio: Floats, advantages_N1: Floats, logps_NT: Floats, most: float) -> Surrogate:
    """-min(w, most) A log pi with the weight held fixed: CISPO, arXiv 2506.13585."""
    direct = np.minimum(ratio, most) * -advantages_N1
    return Surrogate(direct * logps_NT, None, direct, (ratio > most) & (advantages_N1 != 0))


def soft_gate(ratio: Floats, advantages_N1: Floats, temperatures: tuple[float, float]) -> Surrogate:
    """-A sigmoid(tau (w - 1)) 4 / tau: SAPO, arXiv 2511.20347; slope -A at a ratio of 1."""
    tau_N1 = np.where(advantages_N1 > 0, *temperatures)
    # A ratio is never negative, so this neither overflows nor loses a far gate's small rest.
    shut = np.exp(-tau_N1 * (ratio - 1))
    gate = 1 / (1 + shut)
    value = gate * (-4 * advantages_N1 / tau_N1)
    slope = gate * gate * shut * ratio * (-4 * advantages_N1)
    return Surrogate(value, slope, None, np.zeros(ratio.shape, dtype=np.bool_))


def gamma_weight(
    log_ratio_NT: Floats,
    advantages_N1: Floats,
    logps_NT: Floats,
    shapes: tuple[tuple[float, float], tuple[float, float]],
) -> Surrogate:
    """-exp(lam + k ln W - lam W) A log pi with the weight held fixed: VESPO, arXiv 2602.10693.

    W is the ratio of the whole sequence, the product over its tokens; (k, lam) is the first of the
    shapes where A is 0 or more, else the second. `log_ratio_NT` is 0 outside the mask.
    """
    bounded_NT = np.clip(log_ratio_NT, -_MOST_LOG_RATIO, _MOST_LOG_RATIO)
    log_weight_N1 = bounded_NT.sum(axis=1, keepdims=True)
    log_weight_N1 = np.clip(log_weight_N1, _LEAST_LOG_WEIGHT, _MOST_LOG_RATIO)
    good_N1 = advantages_N1 >= 0
    k_N1 = np.where(good_N1, shapes[0][0], shapes[1][0])
    lam_N1 = np.where(good_N1, shapes[0][1], shapes[1][1])
    phi_N1 = np.exp(lam_N1 * (1 - np.exp(log_weight_N1)) + k_N1 * log_weight_N1)
    direct_N1 = -phi_N1 * advantages_N1
    return Surrogate(
        direct_N1 * logps_NT, None, direct_N1, np.zeros(direct_N1.shape, dtype=np.bool_)
    )
