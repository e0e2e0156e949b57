"""Deploying the project's stacks: the CDK command line over the CDK app, from a clone or a wheel."""

from nova_rft.deploy._bundle import bundle_root, wheelhouse
from nova_rft.deploy._deploy import BOOTSTRAP, bootstrap, deploy, synth
from nova_rft.deploy._destroy import Held, Removal, Stack, destroy, removal
from nova_rft.deploy._diff import Change, Diff, StackDiff, diff
from nova_rft.deploy._progress import Steps
from nova_rft.deploy._tools import Cdk, find_cdk

__all__ = [
    "BOOTSTRAP",
    "Cdk",
    "Change",
    "Diff",
    "Held",
    "Removal",
    "Stack",
    "StackDiff",
    "Steps",
    "bootstrap",
    "bundle_root",
    "deploy",
    "destroy",
    "diff",
    "find_cdk",
    "removal",
    "synth",
    "wheelhouse",
]
