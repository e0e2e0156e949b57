"""What a spec may say of judges: criteria, the library, juries, prices."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from nova_rft.spec import (
    CRITERIA,
    Criterion,
    JuryTerm,
    PreferenceTerm,
    RewardSpec,
    RubricTerm,
    ScriptedJudge,
    judge_models_of,
    single_judges,
    with_models,
)

SCRIPTED = {"provider": "scripted"}
OPENAI = {"provider": "openai", "base_url": "http://127.0.0.1:1/v1", "id": "m"}
NOVA = {"provider": "bedrock", "id": "us.amazon.nova-pro-v1:0"}
OWN = {"name": "own", "question": "Is it so?"}
SCALE = {**OWN, "kind": "scale", "anchors": {"1": "bad", "5": "good"}}


def rubric(*criteria: Any, **settings: Any) -> RubricTerm:
    """As the loader reads it: strict JSON."""
    fields = {"name": "t", "type": "rubric", "model": SCRIPTED, "criteria": criteria, **settings}
    return RubricTerm.model_validate_json(json.dumps(fields), strict=True)


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_of_the_library_can_be_named(name: str) -> None:
    (criterion,) = rubric(name).criteria
    assert criterion.name == name
    assert criterion.question.endswith("?")
    assert criterion.evidence
    if criterion.kind == "scale":
        assert sorted(criterion.anchors) == [1, 2, 3, 4, 5]
    assert criterion.labels[list(criterion.labels)[-1]] == 1.0


def test_the_library_holds_what_is_promised() -> None:
    assert list(CRITERIA) == [
        *("accuracy", "completeness", "relevance", "tone", "safety", "faithfulness"),
        *("reasoning", "conciseness", "instruction_following"),
    ]
    assert rubric("safety").criteria[0].gate is True


def test_own_words_take_the_place_of_the_librarys() -> None:
    (criterion,) = rubric({"use": "tone", "name": "warm", "weight": 0.5}).criteria
    assert (criterion.name, criterion.weight) == ("warm", 0.5)
    assert criterion.question == CRITERIA["tone"]["question"]


def test_a_resolved_rubric_needs_no_library() -> None:
    spec = rubric("accuracy", OWN)
    assert RubricTerm.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        (["acuracy"], "acuracy is no criterion of the library; use one of accuracy, "),
        ([{"use": 3}], "3 is no criterion of the library"),
        ([OWN, OWN], "criteria share the name own"),
        (["tone", {**OWN, "name": "tone"}], "criteria share the name tone"),
        ([{**OWN, "weight": -1}], "no criterion has a positive weight"),
        ([{**OWN, "weight": 0}], "no criterion has a positive weight"),
        ([{**OWN, "name": "raw"}], "may not be named raw"),
        ([{**OWN, "kind": "scale"}], "a scale needs anchors"),
        ([{**OWN, "anchors": {"1": "a", "2": "b"}}], "anchors belong to a scale"),
        ([{**SCALE, "anchors": {"0": "a", "200": "b"}}], "more than 101 numbers"),
        ([{**SCALE, "anchors": {"one": "a", "2": "b"}}], "valid integer"),
        ([{**SCALE, "gate": 1}], "gate 1 must lie above 1 and be at most 5"),
        ([{**SCALE, "gate": 6}], "gate 6 must lie above 1"),
        ([{**SCALE, "gate": 3, "weight": -1}, "tone"], "a pitfall's gate is true"),
        ([{**OWN, "gate": 2}], "gate 2 is for a scale"),
    ],
)
def test_criteria_that_make_no_sense(criteria: list[Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        rubric(*criteria)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"criteria": [], "record_criteria": None}, "has no criteria"),
        ({"criteria": ["safety"], "aggregate": "holistic"}, "a gate needs a verdict of its own"),
        ({"score_from": "probabilities"}, "scripted gives no token probabilities"),
        ({"score_from": "probabilities", "model": NOVA}, "Converse has none"),
    ],
)
def test_settings_that_contradict_each_other(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        rubric(**{"criteria": [OWN], **settings})


def test_a_scale_counts_from_0_to_1() -> None:
    assert Criterion.model_validate(SCALE).labels == {
        "1": 0.0,
        "2": 0.25,
        "3": 0.5,
        "4": 0.75,
        "5": 1.0,
    }


JUROR = {"type": "rubric", "model": SCRIPTED, "criteria": ["tone"]}
QUIZ = {"name": "q", "type": "quiz", "model": NOVA, "writer": OPENAI}


def jury(*judges: Any, **settings: Any) -> JuryTerm:
    return JuryTerm.model_validate({"name": "j", "type": "jury", "judges": judges, **settings})


@pytest.mark.parametrize(
    ("judges", "settings", "said"),
    [
        (({**JUROR, "name": "a"},), {}, "at least 2"),
        (({**JUROR, "name": "a"}, {**JUROR, "name": "a"}), {}, "judges share the name a"),
        (({**JUROR, "name": "a"}, {**JUROR, "name": "b"}), {"min_judges": 3}, "more than the 2"),
        (
            ({**JUROR, "name": "a", "weight": 0}, {**JUROR, "name": "b"}),
            {"combine": "weighted"},
            "above 0",
        ),
        ((JUROR, JUROR), {}, "Field required"),
    ],
)
def test_juries_that_make_no_sense(judges: Any, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        jury(*judges, **settings)


def test_every_judge_and_every_model_is_found() -> None:
    terms = [jury({**JUROR, "name": "a"}, QUIZ), rubric("tone")]
    assert [judge.name for judge in single_judges(terms)] == ["a", "q", "t"]
    assert [model.provider for model in judge_models_of(terms)] == [
        *("scripted", "bedrock", "openai", "scripted")
    ]


def test_every_model_can_be_replaced() -> None:
    changed = with_models(jury({**JUROR, "name": "a"}, QUIZ), lambda _: ScriptedJudge(**SCRIPTED))
    assert {model.provider for model in judge_models_of([changed])} == {"scripted"}


def test_a_group_is_rated_only_among_siblings() -> None:
    fields = {"name": "p", "type": "preference", "model": SCRIPTED, "rating": "bradley_terry"}
    with pytest.raises(ValidationError, match="bradley_terry rates a group"):
        PreferenceTerm.model_validate(fields)
    PreferenceTerm.model_validate({**fields, "against": "both"})


def reward(**settings: Any) -> RewardSpec:
    term = {"name": "t", "type": "rubric", "model": NOVA, "criteria": ["tone"]}
    return RewardSpec.model_validate({"terms": [term], "range": [0, 1], **settings})


def test_a_budget_needs_prices() -> None:
    price = {"input": 0.8, "output": 3.2}
    with pytest.raises(ValidationError, match=r"no price for us\.amazon\.nova-pro-v1:0"):
        reward(budget={"total": 5})
    assert reward(budget={"total": 5}, prices={NOVA["id"]: price}).budget is not None
