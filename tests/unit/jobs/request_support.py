"""Specs, places and checks that the tests of requests and recipes share.

Run as `PYTHONPATH=src python -m tests.unit.jobs.request_support` it writes the golden recipes anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import regex
from botocore.validate import ParamValidator

from nova_rft.jobs.recipes import recipe_text
from nova_rft.jobs.requests import Identity, Place
from nova_rft.local_aws._protocol import problems, service_model
from nova_rft.spec import RECIPES, Capability, Recipe, Spec, capability
from nova_rft.spec.training import training_kind, wires

DATA = Path(__file__).parents[2] / "data"
GOLDEN = DATA / "recipes" / "written"
PARAMETERS: dict[str, dict[str, dict[str, Any]]] = json.loads(
    (DATA / "recipes" / "parameters.json").read_text()
)["parameters"]
AWS_RECIPES: dict[str, Any] = json.loads((DATA / "recipes" / "recipes.json").read_text())["recipes"]

REWARD = "arn:aws:lambda:us-east-1:123456789012:function:tone-dev-reward-SageMaker:3"
MLFLOW = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-1"
IDENTITY = Identity("tone", "dev", "ab" * 32)
LONGEST = Identity("a" * 24, "b" * 12, "ab" * 32, attempt=99)
# What the captures were made with, as far as they say it.
PLACE = Place(
    region="us-east-1",
    account="123456789012",
    role_arn="arn:aws:iam::123456789012:role/r",
    training_uri="s3://bucket/train.jsonl",
    output_uri="s3://bucket/out",
    records=1043,
    reward_version_arn=REWARD,
    package_group_arn="arn:aws:sagemaker:us-east-1:123456789012:model-package-group/g",
    evaluator_arn=(
        "arn:aws:sagemaker:us-east-1:123456789012:hub-content/AiRegistryHub/JsonDoc/my-reward/0.0.1"
    ),
    recipe_uri="s3://bucket/jobs/x/recipe.yaml",
)
REWARD_SPEC = {"terms": [{"type": "match", "name": "match"}], "range": [0, 1]}


def spec_of(cell: Capability, training: Mapping[str, Any] | None = None, **more: Any) -> Spec:
    """A spec of one row of the capability table."""
    asked: dict[str, Any] = {
        "project": "tone",
        "technique": cell.technique,
        "backend": cell.backend,
        "model": cell.model,
        "data": {"train": "train.jsonl"},
        "training": dict(training or {}),
        **more,
    }
    if cell.adapter in ("lora", "full"):
        asked["adapter"] = cell.adapter
    if cell.technique == "rft":
        asked["reward"] = REWARD_SPEC
    return Spec.model_validate_json(json.dumps(asked), strict=True)


def cell_of(technique: str, backend: str, model: str, adapter: str | None = None) -> Capability:
    """A row of the capability table."""
    found = capability(technique, backend, model, adapter)
    assert isinstance(found, Capability)
    return found


def of_recipe(recipe: Recipe, backend: str, **more: Any) -> Spec:
    """A spec that leads to one recipe: no other of the same cell has the last of its instances."""
    cell = cell_of(recipe.technique, backend, recipe.model, recipe.adapter)
    return spec_of(cell, compute={"instance_type": recipe.instances[-1]}, **more)


def capture(name: str) -> dict[str, Any]:
    """One captured request, in a bucket whose name Bedrock takes as well."""
    text = (DATA / "requests" / f"sagemaker-{name}.json").read_text()
    found: dict[str, Any] = json.loads(text.replace("s3://b/", "s3://bucket/"))
    return found


def complaints(service: str, operation: str, request: dict[str, Any]) -> list[str]:
    """Everything that botocore's model does not allow: also what botocore itself does not look at."""
    shape = service_model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(request, shape)
    found = [report.generate_report()] if report.has_errors() else []
    # The standard library's expressions do not know the classes of characters in tags' patterns.
    tags = request.get("Tags", [])
    found += problems({key: value for key, value in request.items() if key != "Tags"}, shape)
    if tags:
        tag = shape.members["Tags"].member
        for key, member in tag.members.items():
            pattern, most = member.metadata["pattern"], member.metadata["max"]
            values = [one[key] for one in tags]
            found += [v for v in values if not regex.fullmatch(pattern, v) or len(v) > most]
        names = [one["Key"] for one in tags]
        found += [name for name in names if names.count(name) > 1]
    return found


def group_of(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """AWS's table of allowed values for a recipe."""
    lora = "lora_" if recipe.adapter == "lora" else ""
    new = "2_0" in recipe.name
    if recipe.technique == "rft":
        return PARAMETERS[f"nova_{'smtj_' if 'smtj' in recipe.name else ''}{lora}rft"]
    if recipe.technique == "cpt":
        return PARAMETERS[f"nova_pretrain{'_2_0' if new else ''}"]
    if recipe.technique == "distillation":
        return PARAMETERS["nova_distill"]
    return PARAMETERS[f"nova_{lora}{recipe.technique}{'_2_0' if new else ''}"]


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of a tree by its path."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path, tree


def golden_recipes() -> dict[str, str]:
    """The text of one recipe for each kind of hyperparameters, with some of them given."""
    found: dict[str, str] = {}
    kinds = set()
    for recipe in RECIPES:
        for backend in recipe.backends:
            cell = cell_of(recipe.technique, backend, recipe.model, recipe.adapter)
            kind = training_kind(cell)
            if kind in kinds:
                continue
            kinds.add(kind)
            said = {"learning_rate": 2e-6, "batch_size": 64, "max_steps": 40, "lora_alpha": 64}
            given = {name: value for name, value in said.items() if name in wires(kind)}
            spec = of_recipe(recipe, backend, training=given, mlflow={"tracking_uri": MLFLOW})
            found[f"{backend}-{recipe.name}.yaml"] = recipe_text(spec, IDENTITY, PLACE)
    return found


def main() -> None:
    """Writes the golden recipes."""
    GOLDEN.mkdir(exist_ok=True)
    for name, text in golden_recipes().items():
        (GOLDEN / name).write_text(text)


if __name__ == "__main__":
    main()
