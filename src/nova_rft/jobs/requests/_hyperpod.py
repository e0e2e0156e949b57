"""HyperPod's command line: to connect to a cluster, and to start a job by recipe on it.

Source: aws/sagemaker-hyperpod-cli, branch release_v2 (`start-job` hands each override to Hydra as
`key=value`), and the Nova User Guide's essential commands for HyperPod (read 2026-11-25).
"""

from __future__ import annotations

import json

from nova_rft.errors import UsageError
from nova_rft.jobs._identity import Identity
from nova_rft.jobs._place import Place
from nova_rft.jobs.recipes import changes, instances, training_image
from nova_rft.spec import ComputeSpec, Spec, recipe_of


def hyperpod_connect(spec: Spec, place: Place) -> list[str]:
    """The command that must have been run before any other: it says which cluster is meant.

    Raises:
        UsageError: the spec names no cluster.
    """
    compute = spec.compute or ComputeSpec()
    if compute.cluster is None:
        raise UsageError("the spec names no HyperPod cluster; set compute.cluster")
    cluster = ["--cluster-name", compute.cluster, "--region", place.region]
    return ["hyperpod", "connect-cluster", *cluster, "--namespace", compute.namespace]


def hyperpod_command(spec: Spec, identity: Identity, place: Place) -> list[str]:
    """The command that starts the job: AWS's recipe by name, and all that differs from it.

    Raises:
        UsageError: no image is known for the region, or the reward Lambda is not there or not named as
            HyperPod wants it.
    """
    if spec.technique == "rft":
        _check_name(place.required("reward_version_arn"))
    overrides = {
        "instance_type": instances(spec)[0],
        "container": training_image(spec, place.region),
        **{f"recipes.{path}": value for path, value in changes(spec, identity, place).items()},
    }
    compute = spec.compute or ComputeSpec()
    return [
        *("hyperpod", "start-job", "--namespace", compute.namespace),
        *("--recipe", recipe_of(spec.cell, spec.compute).path),
        *("--override-parameters", json.dumps(overrides)),
    ]


def _check_name(reward: str) -> None:
    """HyperPod's role may call functions with SageMaker in their names, and no others."""
    function = reward.split(":")[6]
    if "sagemaker" not in function.lower():
        raise UsageError(
            f"HyperPod calls no reward Lambda without SageMaker in its name, and this one is "
            f"{function}; run nova-rft deploy with backend: hyperpod"
        )
