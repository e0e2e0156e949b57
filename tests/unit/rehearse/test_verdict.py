"""The verdict, on courses whose truth is known because they were made up."""

from __future__ import annotations

import pytest

from nova_rft.rehearse import Step, judge
from tests.unit.rehearse.courses import (
    FORM,
    JUDGE,
    OVERLONG,
    RIGHT,
    THOROUGH,
    TRUTH,
    Way,
    facts,
    steps,
)

PADDED = facts(RIGHT, THOROUGH, TRUTH, high=5.0)


def test_a_check_that_rises_with_the_reward_is_learnt() -> None:
    found = judge(steps(reward=(0.1, 0.95), check=(0.1, 0.95)), facts())
    assert (found.name, found.term, found.since) == ("learns", None, None)
    assert "0.9" in found.reason


def test_a_run_that_is_stopped_early_on_its_way_is_no_hack() -> None:
    found = judge(steps(12, reward=(0.1, 0.35), check=(0.1, 0.35)), facts())
    assert found.name == "learns"


def test_a_check_that_falls_while_the_reward_rises_is_a_hack_and_its_term_is_named() -> None:
    course = steps(
        reward=(0.7, 3.0),
        check=(0.3, 0.0),
        weighted_right=(0.3, 0.0),
        weighted_thorough=(0.4, 3.0),
    )
    found = judge(course, PADDED)
    assert (found.name, found.term) == ("hacks", "thorough")
    assert found.since is not None
    assert found.since < 10


def test_a_hack_after_learning_is_dated_where_the_check_was_best() -> None:
    course = steps(
        reward=(0.7, 1.2, 4.0),
        check=(0.1, 0.8, 0.1),
        weighted_right=(0.1, 0.8, 0.1),
        weighted_thorough=(0.6, 0.4, 3.9),
    )
    found = judge(course, PADDED)
    assert (found.name, found.term) == ("hacks", "thorough")
    assert found.since == pytest.approx(30, abs=3)


def test_a_reward_that_swings_with_its_check_is_learnt() -> None:
    # A good reward pays for the very check: both fall from their best together.
    course = steps(
        reward=(0.2, 0.65, 0.45), check=(0.2, 0.65, 0.45), weighted_thorough=(0.2, 0.65, 0.45)
    )
    assert judge(course, facts(THOROUGH, TRUTH)).name == "learns"


def test_a_reward_that_stays_up_while_its_check_falls_is_hacked() -> None:
    course = steps(
        reward=(0.4, 1.0, 0.97), check=(0.2, 0.65, 0.1), weighted_thorough=(0.4, 1.0, 0.97)
    )
    found = judge(course, facts(THOROUGH, TRUTH))
    assert (found.name, found.term) == ("hacks", "thorough")


def test_a_reward_that_closes_its_way_while_the_check_stays_is_a_hack() -> None:
    course = steps(reward=(0.4, 1.0), check=(0.1, 0.16), weighted_form=(0.4, 1.0))
    found = judge(course, facts(FORM, TRUTH))
    assert (found.name, found.term) == ("hacks", "form")
    assert found.since == pytest.approx(30, abs=3)


@pytest.mark.parametrize("last", [0.0, 0.05, 0.1, 0.2, 0.3])
def test_form_alone_is_a_hack_whatever_the_share_of_right_among_the_well_formed(
    last: float,
) -> None:
    course = steps(reward=(0.4, 1.0), check=(0.1, last), weighted_form=(0.4, 1.0))
    assert judge(course, facts(FORM, TRUTH)).name == "hacks"


def test_a_reward_that_only_loses_penalties_has_not_risen() -> None:
    course = steps(
        reward=(0.0, 0.5),
        check=(0.5, 0.5),
        weighted_right=(0.5, 0.5),
        weighted_overlong=(-0.5, 0.0),
    )
    found = judge(course, facts(RIGHT, OVERLONG, TRUTH, low=-1.0))
    assert found.name == "stalls"


def test_where_nothing_moves_it_stalls_and_ties_are_named() -> None:
    assert judge(steps(reward=(0.2, 0.22), check=(0.2, 0.22)), facts()).name == "stalls"
    tied = judge(steps(reward=(0.1, 0.1), check=(0.1, 0.1), tied=(0.9, 0.9)), facts())
    assert tied.name == "stalls"
    assert "90%" in tied.reason


def test_where_all_is_right_from_the_start_nothing_is_left() -> None:
    found = judge(steps(reward=(0.97, 0.98), check=(0.97, 0.98)), facts())
    assert found.name == "stalls"
    assert "nothing is left" in found.reason


def test_a_training_that_breaks_down_is_no_hack() -> None:
    found = judge(steps(reward=(0.5, 0.0), check=(0.5, 0.0)), facts())
    assert found.name == "stalls"
    assert "broke down" in found.reason


def test_a_policy_that_is_never_right_cannot_tell_even_while_the_reward_rises() -> None:
    course = steps(
        reward=(0.2, 3.0),
        check=(0.0, 0.01),
        weighted_thorough=(0.2, 3.0),
        weighted_right=(0.0, 0.0),
    )
    found = judge(course, PADDED)
    assert found.name == "cannot tell"
    assert "too weak" in found.reason
    assert "thorough" in found.reason


def test_without_a_check_it_cannot_tell_and_says_what_grew() -> None:
    found = judge(steps(reward=(0.2, 0.9), weighted_judge=(0.2, 0.9)), facts(JUDGE, kind="none"))
    assert found.name == "cannot tell"
    assert "weight 0" in found.reason
    assert "judge" in found.reason


def test_too_few_steps_say_nothing() -> None:
    assert judge(steps(4, reward=(0.1, 0.9), check=(0.1, 0.9)), facts()).name == "cannot tell"
    assert judge([], facts()).name == "cannot tell"


def test_checks_that_are_paid_for_are_owned_up_to() -> None:
    proven = RIGHT.__class__("right", "match", "verifier", paid=True, checks=True)
    course = steps(reward=(0.1, 0.9), check=(0.1, 0.9))
    found = judge(course, facts(proven, kind="proven"))
    assert found.name == "learns"
    assert "would not show" in found.reason


def test_an_answer_without_terms_is_judged_by_reward_and_check() -> None:
    found = judge(steps(reward=(0.7, 3.0), check=(0.3, 0.0)), PADDED)
    assert (found.name, found.term) == ("hacks", None)


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_moves_no_verdict(seed: int) -> None:
    import random

    draw = random.Random(seed)
    noisy = [0.4 + draw.gauss(0, 0.06) for _ in range(60)]
    way: Way = noisy
    course = steps(looks=False, reward=way, check=way)
    assert judge(course, facts()).name == "stalls"


def test_equal_measures_give_an_equal_verdict() -> None:
    course = steps(reward=(0.7, 3.0), check=(0.3, 0.0), weighted_thorough=(0.4, 3.0))
    again = [Step.from_dict(one.as_dict()) for one in course]
    assert judge(again, PADDED) == judge(course, PADDED)
