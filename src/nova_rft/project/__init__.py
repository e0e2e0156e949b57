"""The object that ties the stages of one spec together."""

from nova_rft.project._base import state_folder, with_judge
from nova_rft.project._calibrates import Asking, Candidate
from nova_rft.project._evaluates import Evaluating
from nova_rft.project._handle import JobHandle, wait_all
from nova_rft.project._patience import passes
from nova_rft.project._project import Project
from nova_rft.project._refines import Bounds, Rewriting
from nova_rft.project._rollouts import Rollouts
from nova_rft.project._trial import try_reward

__all__ = [
    "Asking",
    "Bounds",
    "Candidate",
    "Evaluating",
    "JobHandle",
    "Project",
    "Rewriting",
    "Rollouts",
    "passes",
    "state_folder",
    "try_reward",
    "wait_all",
    "with_judge",
]
