"""What scoring many responses will take, said before anything is spent."""

from nova_rft.scale.estimate._estimate import BATCH_PRICE, EngineName, Estimate, estimate, jobs_of
from nova_rft.scale.estimate._load import Calls, Load, load_of
from nova_rft.scale.estimate._quotas import Quotas, about_quotas

__all__ = [
    "BATCH_PRICE",
    "Calls",
    "EngineName",
    "Estimate",
    "Load",
    "Quotas",
    "about_quotas",
    "estimate",
    "jobs_of",
    "load_of",
]
