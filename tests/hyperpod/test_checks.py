"""What the `sagemaker` package is asked before a job is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.aws.hyperpod import _session, check_recipe, check_room
from nova_rft.errors import AwsRefused, FindingsError
from nova_rft.jobs import cluster_job
from nova_rft.jobs._start_hyperpod import changed_by
from nova_rft.spec import CAPABILITIES, Capability, capability
from nova_rft.spec.training import training_kind, wires
from tests.hyperpod.cloud import HUB, Cloud
from tests.hyperpod.jobs import plan_of, spec_of

LITE_2 = "amazon.nova-2-lite-v1:0:256k"
CELLS = [cell for cell in CAPABILITIES if cell.backend == "hyperpod"]


def cell_of(technique: str, adapter: str | None = None) -> Capability:
    """A row of the table for Nova 2 Lite."""
    found = capability(technique, "hyperpod", LITE_2, adapter)
    assert isinstance(found, Capability)
    return found


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c.technique}-{c.model}-{c.adapter}")
def test_every_recipe_of_ours_is_one_that_the_hub_takes(
    cell: Capability, there: Cloud, tmp_path: Path
) -> None:
    said = {"learning_rate": 2e-6, "batch_size": 64, "lora_alpha": 64, "max_steps": 40}
    known = wires(training_kind(cell))
    given: dict[str, Any] = {name: value for name, value in said.items() if name in known}
    if cell.technique == "cpt":
        given["batch_size"] = 128
    spec = spec_of(cell, **given)
    plan = plan_of(spec, tmp_path)
    changed = changed_by(plan.command)
    assert 2e-6 in changed.values()
    check_recipe("us-east-1", cluster_job(spec), plan.recipe, changed)
    assert "DescribeHubContent" in there.calls


def test_what_the_hub_has_no_place_for_is_told(there: Cloud, tmp_path: Path) -> None:
    spec = spec_of(cell_of("sft", "lora"), learning_rate=2e-6)
    plan = plan_of(spec, tmp_path)
    key = f"{HUB}/nova_lite_2_0_p5_gpu_lora_sft.yaml"
    there.objects[key] = there.objects[key].replace(b"lr:", b"rate_of_learning:")
    with pytest.raises(FindingsError, match=r"no place for training_config\.optim_config\.lr;"):
        check_recipe("us-east-1", cluster_job(spec), plan.recipe, changed_by(plan.command))


def test_a_value_that_the_hub_takes_no_more_is_told(there: Cloud, tmp_path: Path) -> None:
    spec = spec_of(cell_of("sft", "lora"), batch_size=64)
    plan = plan_of(spec, tmp_path)
    key = f"{HUB}/nova_lite_2_0_p5_gpu_lora_sft.json"
    table = json.loads(there.objects[key])
    table["global_batch_size"]["enum"] = [32, 128]
    there.objects[key] = json.dumps(table).encode()
    with pytest.raises(FindingsError, match=r"'global_batch_size': 64 is not in allowed"):
        check_recipe("us-east-1", cluster_job(spec), plan.recipe, changed_by(plan.command))


def test_the_cluster_has_to_have_the_instances(there: Cloud) -> None:
    job = cluster_job(spec_of(cell_of("cpt")))
    check_room("us-east-1", job)
    there.groups = {"ml.p5.48xlarge": job.replicas - 1}
    with pytest.raises(FindingsError, match=r"Required: 8, Maximum available: 7"):
        check_room("us-east-1", job)
    there.groups = {"ml.p4d.24xlarge": 32}
    with pytest.raises(FindingsError, match=r"Available types: \['ml\.p4d\.24xlarge'\]"):
        check_room("us-east-1", job)


def test_a_cluster_that_is_not_there_is_told_in_the_words_of_aws(there: Cloud) -> None:
    with pytest.raises(AwsRefused, match=r"refused DescribeCluster \(ResourceNotFound\)"):
        check_room("us-east-1", cluster_job(spec_of(cell_of("cpt"), cluster="gone")))


def test_nobody_is_told_that_it_was_used(there: Cloud) -> None:
    session = _session("us-east-1")
    from sagemaker.core.config.config_schema import TELEMETRY_OPT_OUT_PATH
    from sagemaker.core.telemetry.telemetry_logging import resolve_value_from_config

    assert resolve_value_from_config(
        config_path=TELEMETRY_OPT_OUT_PATH, default_value=False, sagemaker_session=session
    )
