"""When a gain on held-out labels is one: by simulated judges whose worth is known."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from nova_rft.calibrate import Draws, How, Labels
from nova_rft.calibrate.labels import ALONE, WHOLE, Label, Row, Verdict
from nova_rft.calibrate.refine import HeldOut, hold_out
from nova_rft.data import Message

HOW = How(draws=Draws(200))
Judge = Callable[[random.Random, Label], Label]


def labels(count: int, people: Callable[[random.Random], Label], seed: int = 0) -> Labels:
    dice = random.Random(f"{seed} people")
    rows = [
        Row(n, str(n), (Message("user", f"q{n}"),), f"q{n}", ("r",), {WHOLE: (people(dice),)})
        for n in range(count)
    ]
    return Labels(
        "f", "responses", tuple(rows), {WHOLE: isinstance(rows[0].human[WHOLE][0], float)}
    )


def judged(given: Labels, judge: Judge, seed: int) -> Labels:
    dice = random.Random(seed)
    rows = []
    for row in given.rows:
        (said,) = row.human[WHOLE]
        assert said is not None
        label = judge(dice, said)
        score = label if isinstance(label, float) else float(label == "yes")
        rows.append(replace(row, said={"q": {ALONE: {WHOLE: (Verdict(label, score),)}}}))
    return replace(given, rows=tuple(rows))


def right(share: float) -> Judge:
    """Says what people say so often, else the opposite."""
    other = {"yes": "no", "no": "yes"}
    return lambda dice, said: said if dice.random() < share else other[str(said)]


def held(given: Labels, before: Judge, after: Judge, looks: int = 1, seed: int = 0) -> HeldOut:
    return hold_out(judged(given, before, seed), judged(given, after, seed + 1), "q", HOW, looks)


def even(dice: random.Random) -> Label:
    return "yes" if dice.random() < 0.5 else "no"


def test_a_real_gain_is_one() -> None:
    found = held(labels(60, even), right(0.6), right(0.95))
    assert found.beyond_chance and found.p < 0.01
    assert found.gain.low is not None and found.gain.low > 0
    assert found.points[1] - found.points[0] == pytest.approx(found.gain.value)
    assert "more than chance explains" in found.why


def test_judges_that_are_alike_seldom_pass_for_better() -> None:
    # Of 200 such pairs 2 passed at 20 prompts, 4 at 50, none at 200.
    passed = sum(
        held(labels(40, even, seed), right(0.7), right(0.7), seed=seed).beyond_chance
        for seed in range(12)
    )
    assert passed <= 1


def test_every_look_raises_the_bar() -> None:
    given = labels(60, even)
    once, often = (held(given, right(0.6), right(0.85), looks) for looks in (1, 400))
    assert once.beyond_chance and not often.beyond_chance
    assert often.p == pytest.approx(min(400 * once.p, 1.0))
    assert "look 400 at these labels" in often.why


def test_the_same_judge_gains_nothing() -> None:
    given = judged(labels(30, even), right(0.7), 0)
    found = hold_out(given, given, "q", HOW, 1)
    assert (found.gain.value, found.p, found.beyond_chance) == (0.0, 1.0, False)
    assert "gains nothing" in found.why


def test_a_loss_is_none_of_its_gains() -> None:
    found = held(labels(60, even), right(0.9), right(0.6))
    assert found.gain.value is not None and found.gain.value < -0.1
    assert found.gain.high is not None and found.gain.high < 0
    assert not found.beyond_chance and "gains nothing" in found.why


def test_saying_what_people_say_most_is_no_gain() -> None:
    given = labels(150, lambda dice: "yes" if dice.random() < 0.85 else "no")
    found = held(given, right(0.65), lambda dice, said: "yes")
    assert found.p < 0.01, "it is right more often beyond doubt"
    assert not found.beyond_chance and "kappa fell from" in found.why


def test_numbers_gain_by_coming_nearer() -> None:
    def near(spread: float) -> Judge:
        return lambda dice, said: float(said) + spread * (dice.random() - 0.5)

    given = labels(60, lambda dice: float(dice.randrange(1, 6)))
    found = held(given, near(6), near(1))
    assert found.tested == "nearness" and found.beyond_chance
    assert "spearman" in [name for name, *_ in found.figures()]
    middle = held(given, near(4), lambda dice, said: 3.0)
    assert not middle.beyond_chance


def test_too_few_prompts_cannot_tell() -> None:
    found = held(labels(4, even), right(0.0), right(1.0))
    assert not found.beyond_chance and "cannot tell" in found.why
