"""Estimators of the divergence from the reference policy, token by token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from nova_rft.grpo._arrays import Floats

Estimator = Literal["k1", "k2", "k3"]


@dataclass(frozen=True, slots=True)
class Divergence:
    """An estimate for each token, and its derivative by the token's log-probability."""

    value_M: Floats
    slope_M: Floats


def _k1(gap_M: Floats) -> Divergence:
    """The gap, log p - log q: unbiased, of high variance, negative for half of the tokens."""
    return Divergence(-gap_M, np.ones_like(gap_M))


def _k2(gap_M: Floats) -> Divergence:
    """Half the square of the gap: biased, of low variance."""
    return Divergence(gap_M**2 / 2, -gap_M)


def _k3(gap_M: Floats) -> Divergence:
    """The bound q / p - 1 - log(q / p): unbiased, and never negative but for rounding."""
    above_M = np.exp(gap_M) - 1
    return Divergence(above_M - gap_M, -above_M)


# By the reference's log-probability less the policy's; J. Schulman, "Approximating KL divergence", 2020.
ESTIMATORS: Final[Mapping[str, Callable[[Floats], Divergence]]] = {"k1": _k1, "k2": _k2, "k3": _k3}
