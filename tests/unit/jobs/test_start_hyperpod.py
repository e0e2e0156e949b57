"""Starting on HyperPod, where the extra is not installed; tests/hyperpod has the rest."""

from __future__ import annotations

import json

import pytest

from nova_rft.errors import UsageError
from nova_rft.jobs import cluster_job, require_tools
from nova_rft.jobs._start_hyperpod import changed_by
from nova_rft.jobs.requests import hyperpod_command
from tests.unit.jobs.request_support import IDENTITY, PLACE, cell_of, spec_of

LITE_2 = "amazon.nova-2-lite-v1:0:256k"


def test_the_extra_is_named() -> None:
    with pytest.raises(UsageError, match=r"is an extra; install it: .*nova-rft\[hyperpod\]"):
        require_tools()


def test_what_a_spec_asks_of_its_cluster() -> None:
    compute = {"cluster": "rigs", "namespace": "team-a", "replicas": 16}
    job = cluster_job(spec_of(cell_of("sft", "hyperpod", LITE_2, "full"), compute=compute))
    assert (job.cluster, job.namespace, job.technique, job.adapter) == (
        *("rigs", "team-a", "sft", "full"),
    )
    assert (job.instance_type, job.replicas) == ("ml.p5.48xlarge", 16)
    with pytest.raises(UsageError, match=r"set compute\.cluster"):
        cluster_job(spec_of(cell_of("cpt", "hyperpod", LITE_2)))


def test_what_a_command_changes_is_the_recipe_and_not_the_model_or_the_image() -> None:
    source = "s3://escrow/checkpoint/"
    spec = spec_of(cell_of("sft", "hyperpod", LITE_2), {"max_steps": 40}, resume_from=source)
    command = hyperpod_command(spec, IDENTITY, PLACE)
    assert source in json.loads(command[-1]).values()
    changed = changed_by(command)
    assert changed["training_config.max_steps"] == 40
    assert changed["run.name"] == IDENTITY.name
    assert all(path.startswith(("run.", "training_config.")) for path in changed)
    assert source not in changed.values()
