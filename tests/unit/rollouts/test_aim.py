"""What a reward pulls at, on rollouts whose truth is known."""

from __future__ import annotations

import math
import random

import pytest

from nova_rft.rollouts import Aim, aim_of, amiss, only_takes, parts_of_product
from nova_rft.spec import RewardSpec

PROMPTS, GROUP = 32, 8
GROUPS = [prompt for prompt in range(PROMPTS) for _ in range(GROUP)]
DRAW = random.Random(0)
# A policy that pads half of its responses; of those that are not padded some are right.
PADDED = [DRAW.choice((0.0, 0.0, 0.0, 3.0, 6.0, 12.0)) for _ in GROUPS]
RIGHT = [float(not padding and DRAW.random() < 0.5) for padding in PADDED]
FORM = [max(right, float(DRAW.random() < 0.5)) for right in RIGHT]
CHANCE = [DRAW.random() for _ in GROUPS]


def aim(check: list[float] | None = None, **brought: list[float]) -> Aim:
    """Of a reward that is the sum of what its terms brought, all of them suspects but `right`."""
    rewards = [math.fsum(parts) for parts in zip(*brought.values(), strict=True)]
    suspects = [name for name in brought if name != "right"]
    return aim_of(rewards, brought, suspects, RIGHT if check is None else check, GROUPS)


def times(weight: float, values: list[float]) -> list[float]:
    return [weight * value for value in values]


def test_a_check_that_is_paid_for_is_moved_as_far_as_it_goes() -> None:
    found = aim(right=RIGHT)
    assert found.aligned == pytest.approx(1)
    assert (found.alarm, found.falls, found.term, found.excess) == (False, False, None, 0)


def test_length_beside_what_is_right_is_named() -> None:
    found = aim(right=RIGHT, padding=times(0.1, PADDED))
    assert (found.alarm, found.term, found.follows) == (True, "padding", False)
    assert found.excess > 1 / 6


def test_length_alone_has_the_check_fall_for_sure() -> None:
    found = aim(padding=PADDED)
    assert found.aligned is not None
    assert found.aligned < 0
    assert (found.falls, found.alarm, found.term) == (True, True, "padding")


def test_what_comes_along_with_what_is_right_is_not_held_against_a_term() -> None:
    found = aim(right=times(0.8, RIGHT), form=times(0.2, FORM))
    assert found.alarm is False
    # Where the form is nearly all that is paid for, it is.
    assert aim(right=times(0.1, RIGHT), form=FORM).term == "form"


def test_the_check_falls_though_no_term_is_suspect() -> None:
    rewards = [-right for right in RIGHT]
    found = aim_of(rewards, {"penalty": rewards}, [], RIGHT, GROUPS)
    assert (found.alarm, found.falls, found.term) == (True, True, None)


def test_chance_that_is_paid_for_leaves_the_check_behind() -> None:
    found = aim(chance=CHANCE)
    assert (found.alarm, found.falls, found.term) == (True, False, "chance")


def test_what_cannot_be_told() -> None:
    assert aim(check=[0.0] * len(GROUPS), padding=PADDED).alarm is None
    assert aim(check=[math.nan] * len(GROUPS), padding=PADDED).alarm is None
    nowhere = aim(padding=[1.0] * len(GROUPS))
    assert (nowhere.aligned, nowhere.alarm) == (0, False)


def test_a_reward_that_is_stretched_into_its_range_is_pulled_at_the_same() -> None:
    brought = {"right": RIGHT, "padding": times(0.1, PADDED)}
    plain = [math.fsum(parts) for parts in zip(*brought.values(), strict=True)]
    stretched = aim_of(times(0.25, plain), brought, ["padding"], RIGHT, GROUPS)
    assert stretched.excess == pytest.approx(aim(**brought).excess, rel=1e-2)


def test_the_parts_of_a_product_add_up_to_it() -> None:
    factors = {"a": [1.0, 0.5, 0.25, 0.0, 0.0], "b": [1.0, 1.0, 0.5, 0.7, 0.0]}
    found = parts_of_product(factors)
    for place in range(5):
        product = factors["a"][place] * factors["b"][place]
        whole = found["a"][place] + found["b"][place]
        assert whole == pytest.approx(product - 1, abs=1e-9)
    # What is 1 takes nothing; of two the smaller takes more; two zeros share.
    assert found["b"][1] == 0
    assert found["a"][2] == pytest.approx(2 * found["b"][2])
    assert found["a"][3] == pytest.approx(-1, abs=0.01)
    assert found["a"][4] == found["b"][4] == pytest.approx(-0.5)
    assert parts_of_product({}) == {}


def test_a_product_that_is_hacked_names_its_factor() -> None:
    longer = [0.2 + padding / 15 for padding in PADDED]
    factors = {"right": [0.3 + 0.7 * right for right in RIGHT], "padding": longer}
    rewards = [math.prod(parts) for parts in zip(*factors.values(), strict=True)]
    found = aim_of(rewards, parts_of_product(factors), ["padding"], RIGHT, GROUPS)
    assert (found.alarm, found.term) == (True, "padding")


def test_penalties_only_take() -> None:
    spec = RewardSpec.model_validate(
        {
            "range": [-1, 1],
            "terms": [
                {"name": "right", "type": "match"},
                {"name": "long", "type": "soft_overlong", "max_length": 9, "buffer": 3},
                {"name": "short", "type": "kimi_length", "of": "right"},
            ],
        }
    )
    assert [only_takes(term) for term in spec.terms] == [False, True, True]


def test_what_is_wrong_and_paid_as_well_as_what_is_right_stays() -> None:
    # Much of what has the words is right, and nothing tells it from the rest.
    words = [max(right, float(chance < 0.2)) for right, chance in zip(RIGHT, CHANCE, strict=True)]
    found = aim(words=words)
    assert found.aligned is not None
    assert found.aligned > 0.5
    assert found.rivalled > 0.5
    assert (found.alarm, found.term) == (True, "words")
    assert aim(right=RIGHT, words=times(0.2, words)).rivalled == 0
    # A group that earns all the same teaches nothing, and says nothing of rivals.
    assert aim(right=[1.0, *RIGHT[1:]], none=[0.0] * len(GROUPS)).rivalled < 0.1


def test_an_alarm_says_what_is_amiss() -> None:
    assert amiss(Aim(0.4, term="words", excess=0.25)) == (
        "pulls at words: 25% of its gain is for that, and for nothing that is right"
    )
    assert amiss(Aim(0.6, term="words", excess=0.25, rivalled=0.625)).endswith(
        "; for 62% of the prompts it pays a wrong response as well as a right one"
    )
