"""Deploying the project's stacks: the CDK command line over the CDK app, from a clone or a wheel."""

from nova_rft.deploy._bundle import bundle_root, wheelhouse
from nova_rft.deploy._deploy import bootstrap, deploy, destroy, synth
from nova_rft.deploy._tools import Cdk, find_cdk

__all__ = [
    "Cdk",
    "bootstrap",
    "bundle_root",
    "deploy",
    "destroy",
    "find_cdk",
    "synth",
    "wheelhouse",
]
