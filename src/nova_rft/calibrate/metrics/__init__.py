"""Statistics of agreement, each a function of how often each prompt counts.

Names of arrays carry their shape: `_N` runs over rows, `_R` over raters, `_K` over labels, `_C` over
prompts, `_D` over draws.
"""

from nova_rft.calibrate.metrics._alpha import Level, alpha, alpha_of_numbers
from nova_rft.calibrate.metrics._kappa import Weights, kappa, kappa_of_numbers
from nova_rft.calibrate.metrics._prompts import Bools, Floats, Ints, Prompts
from nova_rft.calibrate.metrics._ranks import kendall, partial_spearman, spearman
from nova_rft.calibrate.metrics._shares import difference, mean, ratio, share

__all__ = [
    "Bools",
    "Floats",
    "Ints",
    "Level",
    "Prompts",
    "Weights",
    "alpha",
    "alpha_of_numbers",
    "difference",
    "kappa",
    "kappa_of_numbers",
    "kendall",
    "mean",
    "partial_spearman",
    "ratio",
    "share",
    "spearman",
]
