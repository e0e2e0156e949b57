"""Known attacks on judges, a model that falls for all of them, and the probe that tries them."""

from nova_rft.judge.attacks._battery import Attack, Target, battery
from nova_rft.judge.attacks._gullible import GullibleModel
from nova_rft.judge.attacks._probe import IDLE, Probed, attack_rollouts, probe, target_of

__all__ = [
    "IDLE",
    "Attack",
    "GullibleModel",
    "Probed",
    "Target",
    "attack_rollouts",
    "battery",
    "probe",
    "target_of",
]
