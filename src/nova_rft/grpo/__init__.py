"""What group-relative policy optimisation makes of rewards: pure functions over NumPy arrays.

Names of arrays carry their shape: `_N` runs over rollouts, `_G` over groups, `_T` over tokens, `_K`
over rewards. docs/grpo.md explains the mathematics and works an example by hand.
"""

from nova_rft.grpo._advantages import advantages
from nova_rft.grpo._loss import LossResult, loss
from nova_rft.grpo._masks import without_truncated
from nova_rft.grpo._signal import GroupSignal, group_signal

__all__ = [
    "GroupSignal",
    "LossResult",
    "advantages",
    "group_signal",
    "loss",
    "without_truncated",
]
