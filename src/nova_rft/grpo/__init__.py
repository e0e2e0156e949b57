"""What group-relative policy optimisation makes of rewards: pure functions over NumPy arrays.

Names of arrays carry their shape: `_N` runs over rollouts, `_G` over groups, `_T` over tokens, `_K`
over rewards. docs/grpo.md explains the mathematics and works an example by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.grpo._advantages import advantages
    from nova_rft.grpo._arrays import TOLERANCE
    from nova_rft.grpo._diagnosis import Diagnosis, diagnose
    from nova_rft.grpo._diagnosis_says import Finding
    from nova_rft.grpo._features import text_features
    from nova_rft.grpo._forecast import Change, FeatureForecast, Forecast, forecast
    from nova_rft.grpo._loss import LossResult, loss
    from nova_rft.grpo._masks import without_truncated
    from nova_rft.grpo._prompts import PromptLesson
    from nova_rft.grpo._reliability import Reliability
    from nova_rft.grpo._sampling import GroupSize, SamplingAdvice
    from nova_rft.grpo._signal import GroupSignal, group_signal
    from nova_rft.grpo._terms import TermSignal
    from nova_rft.grpo._tilt import Tilt
    from nova_rft.grpo._within import correlation_within, variance_shares

__all__ = [
    "TOLERANCE",
    "Change",
    "Diagnosis",
    "FeatureForecast",
    "Finding",
    "Forecast",
    "GroupSignal",
    "GroupSize",
    "LossResult",
    "PromptLesson",
    "Reliability",
    "SamplingAdvice",
    "TermSignal",
    "Tilt",
    "advantages",
    "correlation_within",
    "diagnose",
    "forecast",
    "group_signal",
    "loss",
    "text_features",
    "variance_shares",
    "without_truncated",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.grpo._advantages": ("advantages",),
        "nova_rft.grpo._arrays": ("TOLERANCE",),
        "nova_rft.grpo._diagnosis": ("Diagnosis", "diagnose"),
        "nova_rft.grpo._diagnosis_says": ("Finding",),
        "nova_rft.grpo._features": ("text_features",),
        "nova_rft.grpo._forecast": ("Change", "FeatureForecast", "Forecast", "forecast"),
        "nova_rft.grpo._loss": ("LossResult", "loss"),
        "nova_rft.grpo._masks": ("without_truncated",),
        "nova_rft.grpo._prompts": ("PromptLesson",),
        "nova_rft.grpo._reliability": ("Reliability",),
        "nova_rft.grpo._sampling": ("GroupSize", "SamplingAdvice"),
        "nova_rft.grpo._signal": ("GroupSignal", "group_signal"),
        "nova_rft.grpo._terms": ("TermSignal",),
        "nova_rft.grpo._tilt": ("Tilt",),
        "nova_rft.grpo._within": ("correlation_within", "variance_shares"),
    },
)
