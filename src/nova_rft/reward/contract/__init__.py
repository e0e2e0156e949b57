"""The contract of a reward Lambda, ours or anybody's: what an answer must be, and hard events to ask."""

from nova_rft.reward.contract._answer import answer_problems
from nova_rft.reward.contract._events import HardEvent, hard_events
from nova_rft.reward.contract._try import Answered, Call, Tried, try_contract

__all__ = [
    "Answered",
    "Call",
    "HardEvent",
    "Tried",
    "answer_problems",
    "hard_events",
    "try_contract",
]
