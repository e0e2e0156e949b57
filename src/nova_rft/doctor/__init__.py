"""What stands in the way: this machine, the account, the project, each looked at without changing it."""

from nova_rft.doctor._examine import examine
from nova_rft.doctor._look import Look, State

__all__ = ["Look", "State", "examine"]
