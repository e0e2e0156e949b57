"""Distillation of our own: a teacher answers, the reward judges, the best answers become records."""

from nova_rft.distil._choose import Choice, choose
from nova_rft.distil._draw import Candidate, Drawn
from nova_rft.distil._estimate import Estimate, estimate
from nova_rft.distil._run import Distilled, Distillery, distil
from nova_rft.sampling import FilePurse

__all__ = [
    "Candidate",
    "Choice",
    "Distilled",
    "Distillery",
    "Drawn",
    "Estimate",
    "FilePurse",
    "choose",
    "distil",
    "estimate",
]
