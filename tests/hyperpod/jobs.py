"""Specs of HyperPod jobs, their recipes and commands, without AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nova_rft.jobs import Identity, Plan
from nova_rft.jobs.recipes import recipe_text
from nova_rft.jobs.requests import Place, hyperpod_command, hyperpod_connect
from nova_rft.spec import Capability, Spec

IDENTITY = Identity("tone", "dev", "ab" * 32)
PLACE = Place(
    region="us-east-1",
    account="123456789012",
    role_arn="",
    training_uri="s3://data/train.jsonl",
    output_uri="s3://out/jobs/tone/",
    records=1000,
    reward_version_arn="arn:aws:lambda:us-east-1:123456789012:function:tone-SageMaker-reward:3",
)


def spec_of(cell: Capability, *, cluster: str | None = "rigs", **training: Any) -> Spec:
    """A spec of one row of the capability table."""
    asked: dict[str, Any] = {
        "project": "tone",
        "technique": cell.technique,
        "backend": "hyperpod",
        "model": cell.model,
        "adapter": cell.adapter,
        "data": {"train": "train.jsonl"},
        "training": training,
        "compute": {"cluster": cluster} if cluster else {},
    }
    if cell.technique == "rft":
        asked["reward"] = {"terms": [{"type": "match", "name": "match"}], "range": [0, 1]}
    return Spec.model_validate_json(json.dumps(asked), strict=True)


def plan_of(spec: Spec, folder: Path) -> Plan:
    """The plan of a spec, its recipe in a folder."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe_text(spec, IDENTITY, PLACE))
    return Plan(
        recipe,
        "s3://out/jobs/tone/input/recipe.yaml",
        hyperpod_connect(spec, PLACE),
        hyperpod_command(spec, IDENTITY, PLACE),
    )
