"""What a win rate would be were the answers equally long."""

from __future__ import annotations

from typing import Final

import numpy as np

from nova_rft.calibrate import Figure
from nova_rft.calibrate._figure import LEAST, missing, too_few
from nova_rft.calibrate._resample import edge_of_share
from nova_rft.calibrate.metrics import Floats, Ints
from nova_rft.evaluate._gain import How, blocks, ends

_RIDGE: Final = 1.0
_ROUNDS: Final = 25
_CLOSE: Final = 1e-6
# Pairs times draws that are fitted together.
_AT_ONCE: Final = 1_000_000


def length_controlled(
    share_N: Floats, longer_N: Floats, prompt_N: Ints, prompts: int, how: How
) -> Figure:
    """The win rate at a length difference of 0, with its interval over prompts.

    AlpacaEval's length-controlled win rate (arXiv 2404.04475, section 3) for two models: logit P(win) =
    a + b tanh(d / s), d the difference of the lengths and s its standard deviation; the rate is
    1 / (1 + exp(-a)). Deviations: no term for the prompt's difficulty, which needs other models'
    results; a ridge of 1 on b, as there; one drawn pair of equal length, so that a clean sweep stays
    finite.

    Args:
        share_N: Of each pair what the one model got: 1, 0.5 or 0.
        longer_N: By how many characters its answer was longer.
        prompt_N: The pair's prompt, from 0.
        prompts: How many prompts there are.
        how: How the interval is made.
    """
    present = int(np.unique(prompt_N).size)
    if not share_N.size:
        return missing("no pair was judged")
    spread = float(np.std(longer_N))
    x_N = np.tanh(longer_N / spread) if spread > 0 else np.zeros(longer_N.size)
    fitted = _fit(np.ones((1, share_N.size)), share_N, x_N)
    value = float(_sigmoid(fitted[0])[0])
    if present < LEAST:
        return Figure(value, reason=too_few(present, "prompts"))
    step = max(_AT_ONCE // share_N.size, 1)
    if np.ptp(share_N) == 0 and share_N[0] != 0.5:
        # Every resample is the same sweep, and says nothing of what was not drawn (Clopper-Pearson).
        off = edge_of_share(present)
        return Figure(
            value, *((min(1 - off, value), 1.0) if share_N[0] else (0.0, max(off, value)))
        )
    parts = [
        _sigmoid(_fit(weights_DC[start : start + step][:, prompt_N], share_N, x_N, fitted)[0])
        for weights_DC in blocks("weights", prompts, how.draws, how.seed)
        for start in range(0, len(weights_DC), step)
    ]
    drawn_D = np.concatenate(parts)
    if np.ptp(drawn_D) <= _CLOSE:
        return Figure(value, reason="no interval: every resample is the same")
    low, high = np.quantile(drawn_D, ends(present))
    return Figure(value, min(float(low), value), max(float(high), value))


def _fit(
    weights_DN: Floats, share_N: Floats, x_N: Floats, start: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats]:
    """Both coefficients of each draw, by Newton's method."""
    draws = len(weights_DN)
    a_D, b_D = (np.full(draws, one[0]) for one in start) if start else np.zeros((2, draws))
    for _ in range(_ROUNDS):
        p_DN = _sigmoid(a_D[:, None] + b_D[:, None] * x_N)
        drawn_D = _sigmoid(a_D)
        left_DN = weights_DN * (share_N - p_DN)
        curve_DN = weights_DN * p_DN * (1 - p_DN)
        up_a = left_DN.sum(axis=1) + 0.5 - drawn_D
        up_b = left_DN @ x_N - _RIDGE * b_D
        aa = curve_DN.sum(axis=1) + drawn_D * (1 - drawn_D)
        ab = curve_DN @ x_N
        bb = curve_DN @ x_N**2 + _RIDGE
        whole = aa * bb - ab**2
        step_a, step_b = (bb * up_a - ab * up_b) / whole, (aa * up_b - ab * up_a) / whole
        # Far from the maximum a whole step overshoots where the curve is flat.
        a_D += np.clip(step_a, -2.0, 2.0)
        b_D += np.clip(step_b, -2.0, 2.0)
        if max(np.max(np.abs(step_a)), np.max(np.abs(step_b))) < _CLOSE:
            break
    return a_D, b_D


def _sigmoid(x: Floats) -> Floats:
    return 0.5 * (1 + np.tanh(x / 2))
