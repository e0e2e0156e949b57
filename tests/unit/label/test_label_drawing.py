"""What is drawn: informative, balanced, nothing twice, and the same again from the same seed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from nova_rft.calibrate.labels import Kind
from nova_rft.label import Candidate, draw
from nova_rft.label.drawing._near import Seen
from nova_rft.label.drawing._places import places
from tests.unit.label.making import PREFERENCE, RUBRIC, candidate, candidates, reward, words

KINDS: tuple[Kind, ...] = ("pairs", "responses")
TEXT = some.text("ab 好\n", max_size=12)
SHARE = some.none() | some.floats(0, 1)
ANYTHING = some.lists(
    some.builds(
        lambda prompt, response, value, penalty, unsure: candidate(
            prompt, response, value=value, penalty=penalty, unsure=unsure
        ),
        some.sampled_from(["p", "q", "a prompt of several words"]),
        TEXT,
        SHARE,
        SHARE,
        SHARE,
    ),
    max_size=12,
)


@pytest.mark.parametrize("kind", KINDS)
@given(given_=ANYTHING, count=some.integers(1, 20), seed=some.integers(0, 3))
@settings(max_examples=60)
def test_whatever_is_given_the_set_holds_together(
    kind: Kind, given_: list[Candidate], count: int, seed: int
) -> None:
    found = draw(given_, reward(), kind, count, seed=seed).items
    assert len(found) <= count
    assert len({item.id for item in found}) == len(found)
    said = {(one.rollout.prompt, one.rollout.response) for one in given_}
    for item in found:
        assert item.kind == kind
        assert all((item.prompt, response) in said for response in item.responses)
        assert len({" ".join(response.split()) for response in item.responses}) == len(
            item.responses
        )
        drawn = item.drawn.as_dict()
        figures = [drawn[name] for name in ("score", "unsure", "disagree", "close")]
        assert all(0 <= figure <= 1 for figure in figures if figure is not None)
    seen = Seen([])
    assert all(seen.takes(item.texts) for item in found)
    assert not any(seen.takes((item.texts[0], *item.texts[:0:-1])) for item in found)
    assert draw(given_, reward(), kind, count, seed=seed).items == found


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_draws_others(kind: Kind) -> None:
    unscored = [Candidate(one.rollout) for one in candidates(12, 4)]
    sets = [
        [item.id for item in draw(unscored, reward(), kind, 10, seed=n).items] for n in (1, 1, 2)
    ]
    assert sets[0] == sets[1] != sets[2]


@given(some.lists(some.none() | some.integers(-3, 3), max_size=12))
def test_places_are_shares_of_the_others_below(values: list[int | None]) -> None:
    found = places(np.array([np.nan if v is None else float(v) for v in values]))
    known = [v for v in values if v is not None]
    for value, place in zip(values, found, strict=True):
        if value is None:
            assert np.isnan(place)
        elif len(known) == 1:
            assert place == 0.5
        else:
            below = sum(v < value for v in known) + (known.count(value) - 1) / 2
            assert place == pytest.approx(below / (len(known) - 1))


def one(found: Any) -> Any:
    (item,) = found.items
    return item.drawn


def test_a_pair_is_informative_where_judges_are_unsure_terms_disagree_and_values_are_close() -> (
    None
):
    calm = [
        candidate("calm", words(1, 4), value=0.0, penalty=-1.0, unsure=0.0),
        candidate("calm", words(2, 4), value=1.0, penalty=0.0, unsure=0.0),
    ]
    # The judge prefers the one, the penalty the other, by less than all there is.
    torn = [
        candidate("torn", words(3, 4), value=0.4, penalty=0.0, unsure=0.9),
        candidate("torn", words(4, 4), value=0.5, penalty=-0.5, unsure=0.5),
    ]
    first, second = draw([*calm, *torn], reward(), "pairs", 2).items
    assert first.prompt[0].text == "torn"
    assert first.drawn.unsure == pytest.approx(0.7)
    # Places by the judge: 0, 1/3, 2/3, 1; by the penalty: 0, 1/3 and twice 5/6.
    assert first.drawn.close == pytest.approx(2 / 3, abs=1e-4)
    assert first.drawn.disagree == pytest.approx(1 / 3, abs=1e-4)
    assert first.drawn.score == pytest.approx((0.7 + 2 / 3 + 1 / 3) / 3, abs=1e-4)
    assert second.drawn.score == pytest.approx(0.0)


def test_a_single_response_is_informative_where_its_terms_place_it_apart() -> None:
    found = draw(
        [
            candidate("p", words(1, 4), value=0.0, penalty=0.0),
            candidate("q", words(2, 4), value=1.0, penalty=-1.0),
            candidate("r", words(3, 4), value=0.5, penalty=-0.5),
        ],
        reward(),
        "responses",
        3,
    ).items
    assert {item.prompt[0].text: item.drawn.disagree for item in found} == {
        "p": 1.0,
        "q": 1.0,
        "r": 0.0,
    }
    assert all(item.drawn.close is None for item in found)


def test_a_term_that_less_is_better_of_disagrees_where_it_agreed() -> None:
    both = [
        candidate("p", words(1, 4), value=0.0, penalty=0.0),
        candidate("p", words(2, 4), value=1.0, penalty=1.0),
    ]
    measured = {"name": "long", "type": "linear_length", "target": 10}
    for weight, disagree in ((1, 0.0), (-1, 1.0), (0, None)):
        terms = reward(RUBRIC, {**measured, "weight": weight})
        assert one(draw(both, terms, "pairs", 1)).disagree == disagree


def test_lengths_are_balanced_so_that_a_liking_of_length_can_be_told() -> None:
    # Nine of ten times the judge prefers the longer one.
    rows = []
    for p in range(60):
        longer = 0.0 if p % 10 == 0 else 1.0
        rows += [
            candidate(f"prompt {words(p, 6)}", words(1000 + p, 30), value=longer),
            candidate(f"prompt {words(p, 6)}", words(2000 + p, 5), value=1 - longer),
        ]
    found = draw(rows, reward(), "pairs", 10).items
    assert Counter(item.drawn.cell for item in found)["the shorter is judged better"] >= 4


def test_single_responses_are_spread_over_values_and_lengths() -> None:
    rows = [
        candidate(
            f"prompt {words(n, 6)}", words(n, 4 + n % 2 * 20), value=min(n / 60, 0.1) + n / 900
        )
        for n in range(90)
    ]
    cells = Counter(item.drawn.cell for item in draw(rows, reward(), "responses", 24).items)
    assert len(cells) == 6
    assert max(cells.values()) - min(cells.values()) <= 3


def test_every_fourth_is_drawn_by_chance_from_all_alike() -> None:
    rows = candidates(40, 3)
    found = draw(rows, reward(), "pairs", 40).items
    assert [item.drawn.by for item in found] == ["score", "score", "score", "chance"] * 10
    chance = [item.drawn.score for item in found if item.drawn.by == "chance"]
    best = [item.drawn.score for item in found if item.drawn.by == "score"]
    assert np.mean(chance) < np.mean(best)


@pytest.mark.parametrize("kind", KINDS)
def test_no_prompt_comes_a_second_time_while_there_is_another(kind: Kind) -> None:
    unscored = [Candidate(one.rollout) for one in candidates(20, 4)]
    found = draw(unscored, reward(), kind, 20).items
    assert len({item.prompt for item in found}) == 20


@pytest.mark.parametrize("kind", KINDS)
def test_any_beginning_of_a_set_is_the_smaller_set(kind: Kind) -> None:
    large = draw(candidates(), reward(), kind, 12).items
    assert draw(candidates(), reward(), kind, 5).items == large[:5]


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_from_a_set_adds_to_it(kind: Kind) -> None:
    before = draw(candidates(), reward(), kind, 5).items
    after = draw(candidates(), reward(), kind, 12, known=before).items
    assert after[:5] == before
    assert len({item.id for item in after}) == 12


def test_what_reads_nearly_the_same_is_passed_over() -> None:
    text = words(1, 60)
    rows = [
        candidate("p", text, value=0.1),
        candidate("p", text.replace("w1aa", "other"), value=0.9),
        candidate("p", words(2, 60), value=0.5),
        candidate("another prompt altogether", text, value=0.5),
    ]
    found = draw(rows, reward(), "responses", 9)
    assert len(found.items) == 3
    assert found.near == 1


def test_responses_that_differ_in_one_number_make_a_pair() -> None:
    text = words(1, 60)
    rows = [candidate("p", f"{text} 7"), candidate("p", f"{text} 8"), candidate("p", f"{text}  8 ")]
    (pair,) = draw(rows, reward(), "pairs", 9).items
    assert {response.split()[-1] for response in pair.responses} == {"7", "8"}


def test_which_response_is_a_has_to_do_with_nothing() -> None:
    rows = []
    for p in range(200):
        rows += [
            candidate(f"prompt {words(p, 6)}", words(1000 + p, 30), id="first", value=1.0),
            candidate(f"prompt {words(p, 6)}", words(2000 + p, 5), id="second", value=0.0),
        ]
    found = draw(rows, reward(), "pairs", 200).items
    assert 70 < sum(item.rollouts[0] == "first" for item in found) < 130


def test_fields_of_a_pair_are_those_that_both_have_and_models_stand_apart() -> None:
    rows = [
        candidate("p", words(1, 5), rubric=["tone"], seen=1, model="one"),
        candidate("p", words(2, 5), rubric=["tone"], seen=2, model="two"),
    ]
    (pair,) = draw(rows, reward(), "pairs", 1).items
    assert pair.fields == {"rubric": ["tone"]}
    assert sorted(pair.models) == ["one", "two"]
    (single, _) = draw(rows, reward(), "responses", 2).items
    assert single.fields["rubric"] == ["tone"]
    assert len(single.models) == 1


def test_people_are_asked_what_the_judges_are_asked() -> None:
    rows = [
        candidate("p", words(1, 5), rubric=[{"name": "own", "question": "Is it its own?"}]),
        candidate("p", words(2, 5), rubric=[{"name": "own", "question": "Is it its own?"}]),
    ]
    (single, _) = draw(rows, reward(), "responses", 2).items
    assert [(q.name, q.labels) for q in single.questions] == [
        ("short", ("yes", "no")),
        ("clear", (1, 2, 3)),
        ("own", ("yes", "no")),
    ]
    assert single.questions[1].means == {"1": "not at all", "3": "entirely"}
    (pair,) = draw(rows, reward(PREFERENCE), "pairs", 1).items
    assert [q.name for q in pair.questions] == ["tone"]
    assert not pair.asked
    broken = [candidate("p", words(1, 5), rubric=7)]
    assert [q.name for q in draw(broken, reward(), "responses", 1).items[0].asked] == [
        "short",
        "clear",
    ]
    (whole,) = draw(broken, reward(PREFERENCE), "responses", 1).items
    assert whole.questions[0].labels == ("good", "bad")


def test_of_a_prompt_with_very_many_responses_some_are_looked_at() -> None:
    rows = [candidate("p", words(n, 5), value=n / 200) for n in range(200)]
    assert len(draw(rows, reward(), "pairs", 30).items) == 30
