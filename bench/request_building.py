"""Importing the builders of requests and building each request, beside importing the SDK's trainers.

Each run is a fresh interpreter. The `sagemaker` package is 1 GB and has an environment of its own: it is
measured where NOVA_RFT_SAGEMAKER_PYTHON names a Python that has it (`make .venv-hyperpod/.ready`, then
`.venv-hyperpod/bin/python`), and otherwise where that environment is already there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from bench._figure import Figure, at_most, ratio_at_most
from bench._measure import in_turn, median

ROOT = Path(__file__).parents[1]
RUNS = 5
# What each builder is given beside spec, identity and place, and of which kind of job.
BUILDERS: dict[str, tuple[str, str, str, str]] = {
    "bedrock_request": ("sft", "bedrock", "amazon.nova-2-lite-v1:0:256k", ""),
    "serverless_request": ("sft", "sagemaker", "amazon.nova-2-lite-v1:0:256k", ""),
    "recipe_job_request": ("sft", "sagemaker-recipe", "amazon.nova-2-lite-v1:0:256k", ""),
    "open_weight_request": (
        *("rft", "bedrock-openai", "openai.gpt-oss-20b"),
        ", training_file='file-1', validation_file=None",
    ),
    "hyperpod_command": ("cpt", "hyperpod", "amazon.nova-2-lite-v1:0:256k", ""),
    "recipe_text": ("cpt", "hyperpod", "amazon.nova-2-lite-v1:0:256k", ""),
}
_BUILD = """
from nova_rft.spec import Spec
from nova_rft.jobs.requests import Identity, Place
from nova_rft.jobs.{home} import {builder}
spec = Spec.model_validate_json({spec!r}, strict=True)
place = Place(
    region="us-east-1", account="111122223333", role_arn="arn:aws:iam::111122223333:role/job",
    training_uri="s3://data/train.jsonl", output_uri="s3://out/jobs/bench/", records=1000,
    reward_version_arn="arn:aws:lambda:us-east-1:111122223333:function:bench-SageMaker-reward:1",
    package_group_arn="arn:aws:sagemaker:us-east-1:111122223333:model-package-group/bench",
    recipe_uri="s3://out/jobs/bench/input/recipe.yaml",
)
assert {builder}(spec, Identity("bench", "dev", "ab" * 32), place{more})
"""
_REWARD = {"range": [0, 1], "terms": [{"name": "match", "type": "match"}]}
_SDK = "from sagemaker.train import CPTTrainer, DPOTrainer, RLAIFTrainer, RLVRTrainer, SFTTrainer"


def measure() -> list[Figure]:
    """The table's rows."""
    commands = {"nothing": [sys.executable, "-c", ""]}
    commands |= {name: [sys.executable, "-c", _script(name)] for name in BUILDERS}
    sdk = _sdk()
    if sdk is not None:
        commands["sdk"] = [str(sdk), "-c", _SDK]
    # The package asks for a region while it is imported.
    there = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    costs = {name: median(runs) for name, runs in in_turn(commands, RUNS, there).items()}
    start = costs["nothing"]
    theirs = costs["sdk"] if sdk is not None else None
    figures = []
    for name in BUILDERS:
        cpu, memory = costs[name].cpu - start.cpu, costs[name].memory
        peer = "sagemaker's trainers, imported"
        seconds = theirs.cpu - start.cpu if theirs else None
        what = f"import and build, {name}"
        key = name.replace("_", "-")
        figures.append(
            Figure(f"{key}-cpu", f"{what}, processor", cpu, "s", peer, seconds, ratio_at_most(0.2))
        )
        megabytes = theirs.memory if theirs else None
        figures.append(
            Figure(f"{key}-memory", f"{what}, memory", memory, "MB", peer, megabytes, at_most(80))
        )
    return figures


def _script(builder: str) -> str:
    technique, backend, model, more = BUILDERS[builder]
    asked = {
        "project": "bench",
        "technique": technique,
        "backend": backend,
        "model": model,
        "data": {"train": "train.jsonl"},
        **({"reward": _REWARD} if technique == "rft" else {}),
    }
    home = "recipes" if builder == "recipe_text" else "requests"
    return _BUILD.format(home=home, builder=builder, spec=json.dumps(asked), more=more)


def _sdk() -> Path | None:
    """A Python that has the package."""
    named = os.environ.get("NOVA_RFT_SAGEMAKER_PYTHON")
    place = Path(named) if named else ROOT / ".venv-hyperpod" / "bin" / "python"
    return place if place.exists() else None
