"""Several judges on the same labels, and where a judge stands afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from nova_rft.calibrate import (
    Calibration,
    Draws,
    Fitness,
    calibrate,
    compare_judges,
    judge_digest,
    jury_weights,
    read_labels,
    standing,
    worst,
    write_calibrations,
)
from nova_rft.calibrate._comparison import _chance
from nova_rft.calibrate._correct import holm
from nova_rft.errors import UsageError
from nova_rft.spec import RubricTerm, Spec

from .labelled import calibrated, response, write


def judged(folder: Path, chances: dict[str, float], count: int = 300) -> list[Calibration]:
    """Judges that are right so often, on the same rows."""
    dice = np.random.default_rng(1)
    rows = []
    for number in range(count):
        human = str(dice.choice(["yes", "no"]))
        other = "no" if human == "yes" else "yes"
        judges = {name: human if dice.random() < p else other for name, p in chances.items()}
        rows.append({"prompt": f"p{number}", "response": "r", "human": human, "judges": judges})
    labels = read_labels(write(folder, rows), recorded=True)
    return [calibrate(labels, judge) for judge in labels.judges]


def test_the_best_judge_leads_by_more_than_luck_or_not(tmp_path: Path) -> None:
    found = judged(tmp_path, {"good": 0.95, "same": 0.93, "bad": 0.7})
    accuracy = {one.judge: one.total.accuracy.value or 0.0 for one in found}
    best = max(accuracy, key=lambda name: accuracy[name])
    against = {one.judge: one for one in compare_judges(found, Draws())}
    assert {one.best for one in against.values()} == {best}
    bad, other = against["bad"], against["good" if best == "same" else "same"]
    assert bad.lead.value == pytest.approx(accuracy[best] - accuracy["bad"])
    assert bad.lead.low > 0 > other.lead.low  # type: ignore[operator]
    assert bad.p < 0.001 < 0.05 < other.p
    assert compare_judges(found[:1], Draws()) == []


def test_a_chance_is_that_of_signs_turned_at_random() -> None:
    leads = np.array([1, 1, 1, 1, 1, 1, 1, -1, 0, 0.0])
    # Of eight signs as many as seven alike, either way.
    exact = float(stats.binomtest(7, 8).pvalue)
    assert _chance(leads, 0) == pytest.approx(exact, abs=0.01)
    assert _chance(np.zeros(4), 0) == 1.0


def test_holm_corrects_for_having_looked_at_all() -> None:
    assert holm([0.01, 0.04, 0.03, 0.6]) == pytest.approx([0.04, 0.09, 0.09, 0.6])


def test_jury_weights_are_log_odds(tmp_path: Path) -> None:
    found = {one.judge: one for one in judged(tmp_path, {"a": 0.9, "b": 0.7, "c": 0.2})}
    weights = jury_weights(found)
    kappas = {name: one.total.kappa.value or 0.0 for name, one in found.items()}
    assert weights["c"] == 0.0
    assert sum(weights.values()) == pytest.approx(3, abs=2e-3)
    odds = {name: np.log((1 + kappas[name]) / (1 - kappas[name])) for name in "ab"}
    assert weights["a"] / weights["b"] == pytest.approx(odds["a"] / odds["b"], rel=1e-2)


def test_the_worst_disagreements_come_first(tmp_path: Path) -> None:
    rows = [
        response([5, 5, 4], 5, "right"),
        response([1, 1, 2], 5, "split"),
        response([1, 1, 1], 5, "clear"),
        response([1, 1, 1], 5, "clear"),
        response([3, 3, 3], 4, "near"),
        response([3, 3, 3], None, "none"),
    ]
    found = worst(calibrated(tmp_path, rows).sheet, 10)
    assert [(one.row.prompt_text, one.judge) for one in found] == [
        ("clear", 5.0),
        ("split", 5.0),
        ("none", None),
        ("near", 4.0),
    ]
    assert found[1].agreed == pytest.approx(2 / 3)


TERM: dict[str, Any] = {
    "name": "talk",
    "type": "rubric",
    "model": {"provider": "bedrock", "id": "us.amazon.nova-2-lite-v1:0"},
    "criteria": [{"name": "good", "question": "Is it good?"}],
}


def spec(*terms: dict[str, Any], **more: Any) -> Spec:
    return Spec.model_validate(
        {
            "project": "p",
            "model": "amazon.nova-2-lite-v1:0:256k",
            "data": {"train": "t.jsonl"},
            "reward": {"range": [0, 1], "terms": list(terms) or [TERM]},
            **more,
        }
    )


def test_where_a_judge_stands(tmp_path: Path) -> None:
    term = RubricTerm.model_validate(TERM)
    assert not standing(spec(), tmp_path).ok
    assert standing(spec(), tmp_path).problems == [
        "talk: was not calibrated; run nova-rft calibrate LABELS"
    ]
    assert standing(spec(calibration={"required": False}), tmp_path).ok
    (good,) = judged(tmp_path, {"talk": 0.95})
    write_calibrations(tmp_path / "calibration.json", [(term, good)])
    found = standing(spec(), tmp_path)
    assert (found.ok, found.problems, found.terms[0].fitness) == (True, [], Fitness.FIT)
    assert found.terms[0].figures["kappa"]["value"] == good.total.kappa.value
    other = {**TERM, "criteria": [{"name": "good", "question": "Is it better?"}]}
    changed = standing(spec(other), tmp_path)
    assert not changed.ok
    assert "was calibrated with other settings" in changed.problems[0]


def test_a_judge_that_failed_does_not_stand(tmp_path: Path) -> None:
    term = RubricTerm.model_validate(TERM)
    (bad,) = judged(tmp_path, {"talk": 0.5})
    write_calibrations(tmp_path / "calibration.json", [(term, bad)])
    found = standing(spec(), tmp_path)
    assert (found.ok, found.terms[0].fitness) == (False, Fitness.UNFIT)
    assert found.problems[0].startswith("talk: kappa with people: ")


def test_terms_that_were_not_measured_now_stay(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    one, two = (RubricTerm.model_validate({**TERM, "name": name}) for name in ("one", "two"))
    (good,) = judged(tmp_path, {"x": 0.95})
    write_calibrations(file, [(one, good)])
    write_calibrations(file, [(two, good)])
    terms = [{**TERM, "name": name} for name in ("one", "two")]
    assert standing(spec(*terms), tmp_path).ok


def test_a_reward_without_a_judge_needs_none(tmp_path: Path) -> None:
    assert standing(spec({"name": "m", "type": "math"}), tmp_path).ok


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"weight": 3.0, "clip": [0, 0.5], "name": "other", "gate": 0.1, "curve": "c.json"}, True),
        ({"model": {**TERM["model"], "concurrency": 3, "attempts": 2}}, True),
        ({"model": {**TERM["model"], "temperature": 0.5}}, False),
        ({"samples": 2}, False),
        ({"criteria": ["accuracy"]}, False),
    ],
)
def test_a_judge_is_what_its_verdicts_depend_on(change: dict[str, Any], same: bool) -> None:
    one, other = (RubricTerm.model_validate(each) for each in (TERM, {**TERM, **change}))
    assert (judge_digest(one) == judge_digest(other)) is same


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"version": 9, "judges": {}})])
def test_a_file_that_is_no_calibration_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(UsageError, match="calibrate anew"):
        standing(spec(), tmp_path)
