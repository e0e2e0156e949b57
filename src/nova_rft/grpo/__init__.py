"""What group-relative policy optimisation makes of rewards: pure functions over NumPy arrays.

Names of arrays carry their shape: `_N` runs over rollouts, `_G` over groups, `_T` over tokens, `_K`
over rewards. docs/grpo.md explains the mathematics and works an example by hand.
"""

from nova_rft.grpo._advantages import advantages
from nova_rft.grpo._arrays import TOLERANCE
from nova_rft.grpo._loss import LossResult, loss
from nova_rft.grpo._masks import without_truncated
from nova_rft.grpo._signal import GroupSignal, group_signal
from nova_rft.grpo._within import correlation_within, variance_shares

__all__ = [
    "TOLERANCE",
    "GroupSignal",
    "LossResult",
    "advantages",
    "correlation_within",
    "group_signal",
    "loss",
    "variance_shares",
    "without_truncated",
]
