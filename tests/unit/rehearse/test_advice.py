"""What to change, by what was seen."""

from __future__ import annotations

from nova_rft.rehearse import RewardFacts, Step, judge
from nova_rft.rehearse._advice import what_to_change
from tests.unit.rehearse.courses import (
    FORM,
    JUDGE,
    OVERLONG,
    RIGHT,
    THOROUGH,
    TRUTH,
    facts,
    steps,
)


def advice(course: list[Step], reward: RewardFacts) -> str:
    return "\n".join(what_to_change(judge(course, reward), course, reward))


def hacked(term: str, **more: tuple[float, float]) -> list[Step]:
    ways = {"reward": (0.4, 3.0), "check": (0.3, 0.0), f"weighted_{term}": (0.1, 2.7), **more}
    return steps(60, True, **ways)


def test_growing_length_asks_for_a_bound_unless_there_is_one() -> None:
    course = hacked("thorough", length=(20.0, 32.0), truncated=(0.0, 1.0))
    assert "soft_overlong" in advice(course, facts(RIGHT, THOROUGH, TRUTH, high=5))
    bounded = facts(RIGHT, THOROUGH, OVERLONG, TRUTH, high=5, bounds_length=True)
    assert "soft_overlong" not in advice(course, bounded)


def test_repetition_in_words_alone_is_told_from_none() -> None:
    course = hacked("thorough", repeated=(0.0, 0.9))
    alone = facts(RIGHT, THOROUGH, TRUTH, high=5, bounds_words_alone=True)
    assert "words alone, and text without spaces" in advice(course, alone)
    assert "add repetition" in advice(course, facts(RIGHT, THOROUGH, TRUTH, high=5))


def test_each_role_is_mended_in_its_own_way() -> None:
    assert "judge probe" in advice(hacked("judge"), facts(JUDGE, TRUTH, high=5))
    assert "gate" in advice(hacked("form"), facts(FORM, TRUTH, high=5))
    assert "gated_product" in advice(hacked("thorough"), facts(THOROUGH, TRUTH, high=5))
    assert "told by the reference" in advice(hacked("judge"), facts(JUDGE, TRUTH, high=5))
    assert "told by the reference" not in advice(
        hacked("judge"), facts(RIGHT, JUDGE, TRUTH, high=5)
    )


def test_doubt_stalling_and_paid_checks_have_their_own() -> None:
    weak = steps(reward=(0.1, 0.1), check=(0.0, 0.0))
    assert "--policy" in advice(weak, facts())
    assert "weight 0" in advice(steps(reward=(0.1, 0.5)), facts(JUDGE, kind="none"))
    tied = steps(reward=(0.1, 0.1), check=(0.1, 0.1), tied=(0.95, 0.95))
    assert "partial credit" in advice(tied, facts())
    proven = RIGHT.__class__("right", "match", "verifier", paid=True, checks=True)
    learnt = steps(reward=(0.1, 0.9), check=(0.1, 0.9))
    assert "second opinion" in advice(learnt, facts(proven, kind="proven"))
    assert advice(learnt, facts()) == ""


def test_too_few_steps_say_nothing_of_reward_or_policy() -> None:
    course = steps(5, True, reward=(0.4, 0.5), check=(0.0, 0.0))
    assert advice(course, facts(RIGHT, TRUTH)) == ""
    assert "--policy" in advice(steps(9, True, reward=(0.4, 0.5), check=(0.0, 0.0)), facts())
