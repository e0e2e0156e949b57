"""AWS's recipes and the values that each takes, as tests/data/recipes has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nova_rft.spec import Recipe

_DATA = Path(__file__).parents[1] / "data" / "recipes"
AWS_RECIPES: dict[str, Any] = json.loads((_DATA / "recipes.json").read_text())["recipes"]
_ALLOWED: dict[str, Any] = json.loads((_DATA / "parameters.json").read_text())["parameters"]


def allowed(recipe: Recipe) -> dict[str, Any]:
    """The values that a recipe takes, its own conditions met."""
    lora = "lora_" if recipe.adapter == "lora" else ""
    new = "_2_0" if "2_0" in recipe.name else ""
    group = {"cpt": f"nova_pretrain{new}", "rft": f"nova_{lora}rft"}.get(
        recipe.technique, f"nova_{lora}{recipe.technique}{new}"
    )
    found = {name: _of_this(one, recipe) for name, one in _ALLOWED[group].items()}
    kinds = list(recipe.instances)
    return {**found, "instance_type": {"type": "string", "enum": kinds, "default": kinds[0]}}


def _of_this(one: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    plain = {key: value for key, value in one.items() if key != "conditional_constraints"}
    for key, conditions in one.get("conditional_constraints", {}).items():
        by_name = conditions.get("Name", {})
        if recipe.name in by_name or "default" in by_name:
            plain[key] = by_name.get(recipe.name, by_name.get("default"))
    return plain
