"""What group-relative policy optimisation makes of rewards: pure functions over NumPy arrays.

Names of arrays carry their shape: `_N` runs over rollouts, `_G` over groups, `_T` over tokens, `_K`
over rewards. docs/grpo.md explains the mathematics and works an example by hand.
"""

from nova_rft.grpo._advantages import advantages
from nova_rft.grpo._arrays import TOLERANCE
from nova_rft.grpo._diagnosis import Diagnosis, diagnose
from nova_rft.grpo._diagnosis_says import Finding
from nova_rft.grpo._loss import LossResult, loss
from nova_rft.grpo._masks import without_truncated
from nova_rft.grpo._prompts import PromptLesson
from nova_rft.grpo._reliability import Reliability
from nova_rft.grpo._sampling import GroupSize, SamplingAdvice
from nova_rft.grpo._signal import GroupSignal, group_signal
from nova_rft.grpo._terms import TermSignal
from nova_rft.grpo._within import correlation_within, variance_shares

__all__ = [
    "TOLERANCE",
    "Diagnosis",
    "Finding",
    "GroupSignal",
    "GroupSize",
    "LossResult",
    "PromptLesson",
    "Reliability",
    "SamplingAdvice",
    "TermSignal",
    "advantages",
    "correlation_within",
    "diagnose",
    "group_signal",
    "loss",
    "variance_shares",
    "without_truncated",
]
