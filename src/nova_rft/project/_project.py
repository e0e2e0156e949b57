"""`Project`: the stages of one spec as methods, for notebooks and for the command line."""

from __future__ import annotations

from nova_rft.project._calibrates import Calibrates
from nova_rft.project._distils import Distils
from nova_rft.project._evaluates import Evaluates
from nova_rft.project._previews import Previews
from nova_rft.project._refines import Refines
from nova_rft.project._rehearses import Rehearses
from nova_rft.project._scales import Scales
from nova_rft.project._serving import Serving
from nova_rft.project._signals import Signals


class Project(
    Calibrates,
    Refines,
    Previews,
    Signals,
    Rehearses,
    Evaluates,
    Scales,
    Distils,
    Serving,
):
    """One spec and what can be done with it."""
