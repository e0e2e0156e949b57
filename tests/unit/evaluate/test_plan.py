"""What is measured where the spec rewards nothing."""

from __future__ import annotations

from typing import Any

from nova_rft.evaluate import plan_of
from nova_rft.spec import ScriptedJudge, Spec

JUDGE = ScriptedJudge(provider="scripted")


def spec(**evaluation: Any) -> Spec:
    return Spec.model_validate(
        {
            "project": "taught",
            "technique": "sft",
            "model": "amazon.nova-2-lite-v1:0:256k",
            "data": {"train": "train.jsonl"},
            "evaluation": evaluation,
        }
    )


def test_words_shared_with_the_reference_count() -> None:
    asked = spec()
    plan = plan_of(asked, asked.evaluation, None)
    assert plan.reward is not None
    assert [(term.name, term.type) for term in plan.reward.terms] == [("overlap", "token_f1")]
    assert (plan.primary.name, plan.smallest) == ("reward", 0.05)


def test_criteria_of_its_own_decide() -> None:
    asked = spec(criteria=[{"name": "right", "question": "Is it right?"}])
    plan = plan_of(asked, asked.evaluation, JUDGE)
    assert plan.primary.name == "rubric"
    assert {one.name for one in plan.measures} >= {"reward", "overlap", "rubric", "win_rate"}
    named = asked.evaluation.changed(primary="win_rate")
    assert plan_of(asked, named, JUDGE).primary.name == "win_rate"
