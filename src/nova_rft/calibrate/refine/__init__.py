"""Refinement: a judge's words improved against people's labels, and held against others of them."""

from nova_rft.calibrate.refine._held_out import HeldOut, hold_out
from nova_rft.calibrate.refine._looks import Looks, labels_digest
from nova_rft.calibrate.refine._meter import Meter, SavingPurse
from nova_rft.calibrate.refine._models import MeteredModels
from nova_rft.calibrate.refine._refine import Method, Plan, Refinement, refine
from nova_rft.calibrate.refine._split import Split, split_prompts
from nova_rft.calibrate.refine._texts import Refinable
from nova_rft.calibrate.refine._trial import Bench

__all__ = [
    "Bench",
    "HeldOut",
    "Looks",
    "Meter",
    "MeteredModels",
    "Method",
    "Plan",
    "Refinable",
    "Refinement",
    "SavingPurse",
    "Split",
    "hold_out",
    "labels_digest",
    "refine",
    "split_prompts",
]
