"""The spec's models: described, frozen, digested, and in step with the service's own limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import botocore.session
import pytest
from pydantic import BaseModel, ValidationError

from nova_rft.errors import UsageError
from nova_rft.spec import (
    CAPABILITIES,
    RFT_RECORDS,
    BedrockJudge,
    Limit,
    OpenAIJudge,
    ReplayJudge,
    ScriptedJudge,
    Spec,
    canonical_json,
    digest,
    load,
    models_for,
    parse,
    parse_judge,
)
from nova_rft.spec import _limits as limits
from nova_rft.spec.training import RftTraining


def all_models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """A model and every model that its fields can hold."""
    found = {model}
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in found:
                found |= all_models(part)
    return found


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


MODELS = sorted(all_models(Spec), key=lambda model: model.__name__)


def test_the_walk_reaches_every_part() -> None:
    names = {model.__name__ for model in MODELS}
    assert names >= {"Spec", "RftTraining", "RubricTerm", "Criterion", "OpenAIJudge", "NGrams"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_every_field_is_described(model: type[BaseModel]) -> None:
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name} has no description"
        assert field.description.endswith("."), f"{model.__name__}.{name}: no sentence"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_every_part_is_frozen_and_refuses_what_it_does_not_know(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen") is True
    assert model.model_config.get("extra") == "forbid"
    assert model.model_config.get("allow_inf_nan") is False


def test_a_spec_cannot_be_changed(example: Path) -> None:
    spec = load(example / "nova-rft.yaml")
    with pytest.raises(ValidationError, match="frozen"):
        spec.project = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        spec.required_reward.terms[0].weight = 2.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        spec.required_reward.terms[0] = spec.required_reward.terms[1]  # type: ignore[index]


def test_digest_knows_content_alone(example: Path) -> None:
    text = (example / "nova-rft.yaml").read_text()
    bare = re.sub(r"(?m)^\s*#.*\n", "", text)
    turned = text.replace("range: [-0.5, 1.3]", "range:\n    - -0.5\n    - 1.3  # high")
    head, _, tail = bare.partition("model:")
    model, _, rest = tail.partition("\n")
    moved = f"model:{model}\n{head}{rest}"
    default = bare + "stage: dev\n"
    first = digest(parse(text))
    assert re.fullmatch("[0-9a-f]{64}", first)
    for same in (bare, turned, moved, default):
        assert same != text
        assert digest(parse(same)) == first


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("project: gsm8k-math", "project: gsm8k"),
        ("epochs: 1", "epochs: 2"),
        ("weight: 0.3", "weight: 0.31"),
        ("name: on_task", "name: on_topic"),
        ("on_abstain: group_mean", "on_abstain: neutral"),
    ],
)
def test_digest_changes_with_content(example: Path, old: str, new: str) -> None:
    text = (example / "nova-rft.yaml").read_text()
    assert old in text
    assert digest(parse(text.replace(old, new))) != digest(parse(text))


def test_digest_of_plain_values() -> None:
    assert canonical_json({"b": 1, "a": ["é"]}) == '{"a":["é"],"b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert len(digest("\ud800")) == 64, "a lone surrogate is valid JSON and must not raise"


def test_a_spec_survives_json(example: Path) -> None:
    """The Lambda's asset carries the resolved reward as JSON."""
    spec = load(example / "nova-rft.yaml")
    assert Spec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("text", "judge"),
    [
        ("scripted", ScriptedJudge(provider="scripted")),
        ("replay:a b.jsonl", ReplayJudge(provider="replay", file="a b.jsonl")),
        (
            "bedrock:us.amazon.nova-pro-v1:0",
            BedrockJudge(provider="bedrock", id="us.amazon.nova-pro-v1:0"),
        ),
        (
            "openai:http://127.0.0.1:11434/v1#qwen3:8b",
            OpenAIJudge(provider="openai", base_url="http://127.0.0.1:11434/v1", id="qwen3:8b"),
        ),
        (
            "openai:https://host/v1?a=#b#model",
            OpenAIJudge(provider="openai", base_url="https://host/v1?a=#b", id="model"),
        ),
    ],
)
def test_judge_forms(text: str, judge: BaseModel) -> None:
    assert parse_judge(text) == judge


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "unknown form; use scripted, replay:FILE, bedrock:MODEL or openai:URL#MODEL"),
        ("gpt-4", "unknown form"),
        ("replay:", "unknown form"),
        ("bedrock:", "unknown form"),
        ("bedrock", "unknown form"),
        ("openai:http://host/v1", "unknown form"),
        ("scripted:x", "unknown form"),
        ("Scripted", "unknown form"),
        ("openai:host/v1#m", "String should match pattern"),
        ("openai:http://host/v1#", "at least 1 character"),
    ],
)
def test_judge_form_errors(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"--judge {text}: ") + ".*" + said):
        parse_judge(text)


@pytest.mark.parametrize(
    ("limit", "member"),
    [
        (limits.RFT_EPOCHS, "epochCount"),
        (limits.RFT_BATCH_SIZE, "batchSize"),
        (limits.RFT_LEARNING_RATE, "learningRate"),
        (limits.RFT_SAMPLES_PER_PROMPT, "trainingSamplePerPrompt"),
        (limits.RFT_EVAL_INTERVAL, "evalInterval"),
    ],
)
def test_limits_are_those_of_the_service_model(limit: Limit, member: str) -> None:
    shape = _rft_hyperparameters().members[member]
    assert (limit.low, limit.high) == (shape.metadata["min"], shape.metadata["max"])


def test_hyperparameters_of_the_service_are_all_there() -> None:
    described = " ".join(field.description or "" for field in RftTraining.model_fields.values())
    named = set(re.findall(r"\((\w+)\)", described))
    assert named == set(_rft_hyperparameters().members)


def _rft_hyperparameters() -> Any:
    service = botocore.session.get_session().get_service_model("bedrock")
    operation: Any = service.operation_model("CreateModelCustomizationJob").input_shape
    return operation.members["customizationConfig"].members["rftConfig"].members["hyperParameters"]


@pytest.mark.parametrize(
    "limit",
    [limits.RFT_EPOCHS, limits.RFT_BATCH_SIZE, limits.RFT_LEARNING_RATE, RFT_RECORDS],
    ids=str,
)
def test_a_limit_holds_its_ends(limit: Limit) -> None:
    assert limit.low in limit
    assert limit.high in limit
    assert limit.low * 0.99 not in limit
    assert limit.high * 1.01 not in limit
    assert limit.source
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", limit.read)


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("epochs", (1, 50), (0, 51)),
        ("batch_size", (16, 512), (15, 513)),
        ("samples_per_prompt", (2, 16), (1, 17)),
        ("learning_rate", (1e-7, 1e-3), (9e-8, 1.1e-3)),
        ("eval_interval", (1, 100), (0, 101)),
        ("max_prompt_length", (1,), (0,)),
        ("max_new_tokens", (1,), (-1,)),
        ("reasoning_effort", ("low", "medium", "high"), ("none",)),
    ],
)
def test_hyperparameters_keep_to_their_range(
    field: str, inside: tuple[Any, ...], outside: tuple[Any, ...]
) -> None:
    for value in inside:
        assert getattr(RftTraining.model_validate({field: value}), field) == value
    for value in outside:
        with pytest.raises(ValidationError):
            RftTraining.model_validate({field: value})


def test_capabilities() -> None:
    assert models_for("rft", "bedrock") == ("amazon.nova-2-lite-v1:0:256k",)
    assert models_for("rft", "nowhere") == ()
    assert all(one.source and one.regions and one.needs and one.name for one in CAPABILITIES)


def test_a_resolved_reward_is_read_back_whole() -> None:
    """The short way of the Lambda gives what the long way gives."""
    from pathlib import Path

    from nova_rft.spec import RewardSpec, canonical_json, load

    files = sorted((Path(__file__).parents[3] / "examples").glob("*/*.yaml"))
    rewards = [reward for file in files if (reward := load(file).reward)]
    assert len(rewards) > 5
    for reward in rewards:
        assert RewardSpec.read_resolved(canonical_json(reward)) == reward
    rich = RewardSpec.model_validate(
        {
            "range": [-1, 1],
            "combine": "gated_product",
            "on_abstain": "verifiers",
            "files": ["a.txt"],
            "prices": {"m": {"input": 1, "output": 2}},
            "budget": {"total": 5},
            "log_text": True,
            "terms": [
                {"name": "a", "type": "tags", "gate": 1, "clip": [0, 1]},
                {"name": "b", "type": "wrong_format", "format": {"type": "tags"}},
            ],
        }
    )
    assert RewardSpec.read_resolved(canonical_json(rich)) == rich
