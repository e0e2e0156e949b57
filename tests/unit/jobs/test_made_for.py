"""Roles that were deployed for another technique or model are noticed before AWS refuses."""

from __future__ import annotations

import pytest

from nova_rft.aws.stacks import Deployment, NotDeployed
from nova_rft.jobs._made_for import check_made_for
from nova_rft.spec import parse

NOVA_2 = "amazon.nova-2-lite-v1:0:256k"
LITE = "amazon.nova-lite-v1:0:300k"
MICRO = "amazon.nova-micro-v1:0:128k"


def check(technique: str, backend: str, model: str, *made_for: str | None) -> None:
    spec = parse(
        f"project: p\ntechnique: {technique}\nbackend: {backend}\nmodel: {model}\n"
        "data: {train: a.jsonl}\n"
    )
    there = Deployment("1", "data", "output", technique=made_for[0], base_model=made_for[1])
    check_made_for(spec, there, "us-east-1")


@pytest.mark.parametrize(
    ("technique", "backend", "model", "made_for"),
    [
        ("sft", "bedrock", LITE, ("sft", LITE)),
        # One role does for both: Bedrock's has no right on a base model.
        ("sft", "bedrock", LITE, ("sft", MICRO)),
        ("dpo", "sagemaker", LITE, ("sft", LITE)),
        ("sft", "sagemaker-recipe", NOVA_2, ("dpo", LITE)),
        # Stacks of an earlier version do not say what they are for.
        ("sft", "sagemaker", LITE, (None, None)),
    ],
)
def test_what_needs_no_other_rights_is_taken(
    technique: str, backend: str, model: str, made_for: tuple[str | None, str | None]
) -> None:
    check(technique, backend, model, *made_for)


@pytest.mark.parametrize(
    ("technique", "backend", "model", "made_for"),
    [
        ("sft", "sagemaker", LITE, ("sft", MICRO)),
        ("sft", "bedrock", LITE, ("distillation", LITE)),
        ("sft", "bedrock", NOVA_2, ("rft", NOVA_2)),
        ("sft", "bedrock", LITE, ("sft", "a-model-of-tomorrow")),
    ],
)
def test_what_needs_other_rights_is_refused_in_one_sentence(
    technique: str, backend: str, model: str, made_for: tuple[str, str]
) -> None:
    with pytest.raises(NotDeployed) as refused:
        check(technique, backend, model, *made_for)
    said = str(refused.value)
    assert f"for {made_for[0]} of {made_for[1]}" in said
    assert f"asks for {technique} of {model}" in said and "deploy again: `nova-rft deploy`" in said
