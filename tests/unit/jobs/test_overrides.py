"""Hyperparameters against the hub's own table, as it may be on another day."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.jobs.requests import override_problems
from nova_rft.spec import CAPABILITIES, Capability
from nova_rft.spec.training import training_kind, wires
from tests.unit.jobs.request_support import PARAMETERS, cell_of, spec_of

LITE_2 = "amazon.nova-2-lite-v1:0:256k"
SERVERLESS = [cell for cell in CAPABILITIES if cell.backend == "sagemaker"]


def table(cell: Capability) -> dict[str, dict[str, Any]]:
    lora = "lora_" if cell.adapter == "lora" else ""
    if cell.technique == "rft":
        return PARAMETERS[f"nova_smtj_{lora}rft"]
    return PARAMETERS[f"nova_{lora}{cell.technique}{'_2_0' if cell.model == LITE_2 else ''}"]


@pytest.mark.parametrize("cell", SERVERLESS, ids=lambda c: f"{c.technique}-{c.model}-{c.adapter}")
def test_what_the_specs_own_limits_allow_todays_table_allows(cell: Capability) -> None:
    rows = table(cell)
    for name, wire in wires(training_kind(cell)).items():
        row = rows[wire.name]
        for value in row.get("enum") or [row.get("min", True), row.get("max", False)]:
            assert not override_problems(spec_of(cell, {name: value}), rows), (name, value)


@pytest.mark.parametrize(
    ("training", "row", "said"),
    [
        (
            {"max_steps": 50},
            {"max_steps": {"type": "integer", "min": 100, "max": 1000}},
            "training.max_steps: 50 is not allowed (max_steps); the service takes 100 or more",
        ),
        (
            {"learning_rate": 1e-3},
            {"learning_rate": {"type": "float", "min": 0, "max": 1e-4}},
            "training.learning_rate: 0.001 is not allowed (learning_rate); the service takes "
            "0.0001 or less",
        ),
        (
            {"lora_alpha": 96},
            {"lora_alpha": {"type": "integer", "enum": [32, 64]}},
            "training.lora_alpha: 96 is not allowed (lora_alpha); the service takes 32, 64",
        ),
        (
            {"lora_plus_ratio": 1.5},
            {"learning_rate_ratio": {"type": "integer", "min": 1, "max": 70}},
            "training.lora_plus_ratio: 1.5 is not allowed (learning_rate_ratio); the service takes "
            "whole numbers",
        ),
        (
            {"batch_size": 64},
            # As if a field had become another kind of value.
            {"global_batch_size": {"type": "boolean"}},
            "training.batch_size: 64 is not allowed (global_batch_size); the service takes true or "
            "false",
        ),
        (
            {"weight_decay": 0.1},
            {"min_lr": {"type": "float"}, "batch": {"type": "integer"}},
            f"training.weight_decay: the service knows no weight_decay for {LITE_2}; it takes batch, "
            "min_lr",
        ),
    ],
)
def test_what_another_table_does_not_allow(
    training: dict[str, Any], row: dict[str, Any], said: str
) -> None:
    spec = spec_of(cell_of("sft", "sagemaker", LITE_2, "lora"), training)
    assert override_problems(spec, row) == [said]


def test_a_spec_that_gives_nothing_has_no_problems() -> None:
    assert override_problems(spec_of(cell_of("sft", "sagemaker", LITE_2)), {}) == []
