"""The settings of a loss, and which of them go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from nova_rft.errors import UsageError
from nova_rft.grpo._kl import ESTIMATORS, Estimator

Kind = Literal["grpo", "bnpo", "dapo", "dr_grpo", "luspo", "cispo", "sapo", "vespo"]
Level = Literal["token", "sequence"]
Shape = tuple[float, float]

# Those that divide by the tokens of the whole accumulation window.
_WINDOWED: Final = ("dapo", "cispo", "vespo")
# Those whose weights fade instead of being clipped.
_SOFT: Final = ("sapo", "vespo")
# ScaleRL, arXiv 2510.13786.
_CISPO_HIGH: Final = 5.0


@dataclass(frozen=True, slots=True)
class LossSettings:
    """As `loss` takes them."""

    kind: Kind
    epsilon_low: float
    epsilon_high: float | None
    delta: float | None
    level: Level
    beta: float
    kl: Estimator
    unbiased_kl: bool
    top_entropy_quantile: float
    max_length: int | None
    window_tokens: float | None
    temperatures: tuple[float, float]
    gamma_shapes: tuple[Shape, Shape]

    @property
    def high(self) -> float:
        """The upper epsilon in force."""
        if self.epsilon_high is not None:
            return self.epsilon_high
        return _CISPO_HIGH if self.kind == "cispo" else self.epsilon_low

    def check(self, *, reference: bool, entropies: bool) -> None:
        """Refuses what does not go together.

        Raises:
            UsageError: and why.
        """
        for name, value, known in (
            ("kind", self.kind, get_args(Kind)),
            ("level", self.level, get_args(Level)),
            ("kl", self.kl, tuple(ESTIMATORS)),
        ):
            if value not in known:
                raise UsageError(f"{name} is {value!r}; use one of {', '.join(known)}")
        self._check_clipping()
        self._check_kind()
        if not 0 <= self.beta < np.inf:
            raise UsageError(f"beta is {self.beta}; use 0 or more")
        if self.beta and not reference:
            raise UsageError(f"beta is {self.beta}; give ref_logps_NT, from which to measure")
        if not 0 <= self.top_entropy_quantile <= 1:
            raise UsageError(f"top_entropy_quantile is {self.top_entropy_quantile}; use 0 to 1")
        if self.top_entropy_quantile < 1 and not entropies:
            raise UsageError(
                f"top_entropy_quantile is {self.top_entropy_quantile}; give entropies_NT to choose by"
            )

    def _check_clipping(self) -> None:
        if not 0 <= self.epsilon_low <= 1:
            raise UsageError(f"epsilon_low is {self.epsilon_low}; use 0 to 1")
        if not 0 <= self.high < np.inf:
            raise UsageError(f"epsilon_high is {self.high}; use 0 or more")
        if self.kind in _SOFT and self.epsilon_high is not None:
            raise UsageError(f"{self.kind} does not clip; leave epsilon_high out")
        if self.delta is None:
            return
        if self.kind in (*_SOFT, "cispo"):
            raise UsageError(f"{self.kind} has no two-sided clip; leave delta out")
        if not self.delta > 1 + self.high:
            raise UsageError(
                f"delta is {self.delta}; use more than 1 + epsilon_high, which is {1 + self.high:g}"
            )

    def _check_kind(self) -> None:
        if self.kind == "dr_grpo" and (self.max_length is None or self.max_length < 1):
            raise UsageError(
                f"max_length is {self.max_length}; dr_grpo divides by it, give the limit in tokens"
            )
        if self.window_tokens is not None:
            if self.kind not in _WINDOWED:
                raise UsageError(
                    f"{self.kind} does not divide by a window; leave window_tokens out"
                )
            if not 0 < self.window_tokens < np.inf:
                raise UsageError(f"window_tokens is {self.window_tokens}; use more than 0")
        if self.kind == "sapo" and not all(0 < tau < np.inf for tau in self.temperatures):
            raise UsageError(f"temperatures are {self.temperatures}; use two numbers above 0")
        if self.kind == "vespo" and not np.all(np.asarray(self.gamma_shapes) > 0):
            raise UsageError(f"gamma_shapes are {self.gamma_shapes}; use pairs of numbers above 0")

    def check_length(self, longest: int) -> None:
        """Refuses a length limit that a rollout breaks.

        Raises:
            UsageError: it is such a one.
        """
        if self.kind == "dr_grpo" and self.max_length is not None and longest > self.max_length:
            raise UsageError(
                f"a rollout has {longest} tokens, more than max_length, which is {self.max_length}"
            )
