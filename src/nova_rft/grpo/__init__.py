"""What group-relative policy optimisation makes of rewards: pure functions over NumPy arrays.

Names of arrays carry their shape: `_N` runs over rollouts, `_G` over groups.
"""

from nova_rft.grpo._signal import GroupSignal, group_signal

__all__ = ["GroupSignal", "group_signal"]
