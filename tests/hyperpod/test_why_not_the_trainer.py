"""Why the last step is ours: what the package's own trainers make of a recipe.

When one of these tests fails with a newer version, the package has mended it: then look whether
`_start_hyperpod` can leave the last step to it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nova_rft.aws.hyperpod import _plain_copy, _session
from tests.hyperpod.cloud import Cloud
from tests.hyperpod.conftest import Command
from tests.hyperpod.jobs import plan_of, spec_of
from tests.hyperpod.test_checks import cell_of


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the real command's package that the trainers write their recipe into."""
    package = tmp_path / "site" / "hyperpod_cli"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(sys.modules, "hyperpod_cli", raising=False)
    return package


def trained(recipes: Path, recipe: Path) -> dict[str, Any]:
    """The recipe that the trainer starts, given one of ours."""
    session = _session("us-east-1")
    from sagemaker.core.training.configs import HyperPodCompute
    from sagemaker.train import SFTTrainer

    with _plain_copy(recipe) as copy:
        trainer = SFTTrainer(
            model="amazon.nova-2-lite-v1",
            compute=HyperPodCompute(
                cluster_name="rigs", instance_type="ml.p5.48xlarge", node_count=4
            ),
            training_type="LORA",
            training_dataset="s3://data/train.jsonl",
            validation_dataset="s3://data/validation.jsonl",
            s3_output_path="s3://out/jobs/tone/",
            recipe=str(copy),
            base_job_name="tone-dev-0123456789ab-1",
            sagemaker_session=session,
        )
        trainer.train(wait=False)
    (written,) = recipes.rglob("*.yaml")
    found: dict[str, Any] = yaml.safe_load(written.read_text())
    return found


def test_a_learning_rate_and_the_validation_records_do_not_arrive(
    there: Cloud, hyperpod: Command, recipes: Path, tmp_path: Path
) -> None:
    there.objects |= {"data/train.jsonl": b"{}", "data/validation.jsonl": b"{}"}
    asked = spec_of(cell_of("sft", "lora"), learning_rate=5e-5, lora_alpha=128, max_steps=40)
    plan = plan_of(asked, tmp_path)
    found = trained(recipes, plan.recipe)
    config = found["training_config"]
    assert config["max_steps"] == 40  # What the hub calls by the recipe's own word does arrive.
    assert float(config["optim_config"]["lr"]) == 1e-5
    assert config["peft"]["lora_tuning"]["alpha"] == 64
    assert not found["run"]["validation_data_s3_path"]
    assert [one["words"][0] for one in hyperpod.told] == ["connect-cluster", "start-job"]


def test_each_start_has_another_name(
    there: Cloud, hyperpod: Command, recipes: Path, tmp_path: Path
) -> None:
    there.objects |= {"data/train.jsonl": b"{}", "data/validation.jsonl": b"{}"}
    found = trained(recipes, plan_of(spec_of(cell_of("sft", "lora")), tmp_path).recipe)
    assert found["run"]["name"].startswith("tone-dev-0123456789ab-1-20")
