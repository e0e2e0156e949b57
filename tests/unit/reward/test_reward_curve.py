"""The reward applies a judge's curve between its raw value and its clip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.errors import UsageError
from nova_rft.judge import ScriptedModel
from nova_rft.outcome import Score
from nova_rft.reward import JudgeModels, RewardFunction, check_terms
from nova_rft.spec import RewardSpec, reward_files

POINTS = [[0.0, 0.25], [1.0, 0.75]]


def spec(**term: Any) -> RewardSpec:
    criteria = [{"name": name, "question": "Is it?"} for name in ("low", "high")]
    rubric = {
        "name": "talk",
        "type": "rubric",
        "model": {"provider": "scripted"},
        "criteria": criteria,
    }
    return RewardSpec.model_validate({"range": [0, 1], "terms": [{**rubric, **term}]})


def kept(folder: Path, curve: Any, name: str = "talk") -> None:
    judges = {name: {"digest": "d", "calibration": {"curve": {"curve": curve}}}}
    (folder / "calibration.json").write_text(json.dumps({"version": 1, "judges": judges}))


def score(folder: Path, asked: RewardSpec) -> tuple[float, float]:
    """The reward of a response that meets everything, and its raw value."""
    models = JudgeModels(asked, lambda _: ScriptedModel())
    prompt = "What weighs a kilogram of feathers?"
    rollout = Rollout("r", "g", (Message("user", prompt),), prompt)
    (scored,) = RewardFunction(asked, models, folder=folder).score([rollout])
    assert isinstance(scored.outcome, Score)
    raw = scored.terms["talk"]
    assert isinstance(raw, Score)
    return scored.outcome.value, raw.value


def test_a_curve_turns_the_value_and_leaves_the_metric(tmp_path: Path) -> None:
    kept(tmp_path, {"method": "isotonic", "points": POINTS})
    assert score(tmp_path, spec()) == (1.0, 1.0)
    assert score(tmp_path, spec(curve="calibration.json")) == (0.75, 1.0)
    assert score(tmp_path, spec(curve="calibration.json", clip=[0, 0.5])) == (0.5, 1.0)


def test_a_curves_file_travels_and_its_values_have_bounds() -> None:
    asked = spec(curve="calibration.json")
    assert reward_files(asked) == ["calibration.json"]
    assert spec(aggregate="points", curve="c.json").terms[0].bounds == (0.0, 1.0)
    again = RewardSpec.read_resolved(asked.model_dump_json())
    assert again.terms[0].curve == "calibration.json"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (None, "is missing, which the term talk names as its curve; run nova-rft calibrate"),
        ("other", "holds nothing on the term talk; calibrate it"),
        ("none", "no curve was better than what talk says itself; take curve out of the term"),
        ("broken", "the curve of talk is none"),
    ],
)
def test_a_curve_that_is_not_there_is_no_reward(
    tmp_path: Path, write: str | None, says: str
) -> None:
    if write:
        curve = {"method": "isotonic", "points": []} if write == "broken" else None
        kept(tmp_path, curve, "else" if write == "other" else "talk")
    asked = spec(curve="calibration.json")
    with pytest.raises(UsageError, match=r"calibration\.json") as caught:
        score(tmp_path, asked)
    assert says in str(caught.value)
    (finding,) = check_terms(asked, tmp_path, "nova-rft.yaml")
    assert says in finding.message
