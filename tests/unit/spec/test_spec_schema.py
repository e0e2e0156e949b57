"""The JSON Schema takes what the product takes, and refuses what an editor should underline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from nova_rft.spec import json_schema

EXAMPLES = Path(__file__).parents[3] / "examples"
SPECS = sorted(EXAMPLES.glob("*/*.yaml"))


def _read(file: Path) -> Any:
    return YAML(typ="safe").load(file)


@pytest.fixture(scope="module")
def valid() -> Any:
    return jsonschema_rs.validator_for(json_schema())


@pytest.mark.parametrize("file", SPECS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_example_is_valid(valid: Any, file: Path) -> None:
    tree = _read(file)
    assert [f"{list(e.instance_path)}: {e.message[:200]}" for e in valid.iter_errors(tree)] == []


def test_an_unknown_key_and_a_wrong_word_are_found(valid: Any) -> None:
    tree = _read(EXAMPLES / "gsm8k-math" / "nova-rft.yaml")
    assert not valid.is_valid({**tree, "modell": "x"})
    assert not valid.is_valid({**tree, "technique": "ppo"})
    assert not valid.is_valid({**tree, "data": {}})


def test_stages_have_one_too() -> None:
    valid = jsonschema_rs.validator_for(json_schema("stages"))
    assert valid.is_valid({"stages": {"dev": {"removal": "destroy"}}})
    assert not valid.is_valid({"stages": {"dev": {"removal": "perhaps"}}})
