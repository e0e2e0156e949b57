"""Penalties on length and repetition: the papers' formulas at their corners."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_rft.reward import Score
from nova_rft.reward.penalties.length import SoftOverlong, soft_overlong
from nova_rft.reward.penalties.repetition import Repetition, repeated_share
from nova_rft.reward.text.measure import splitter
from nova_rft.spec import RepetitionTerm, SoftOverlongTerm, Unit

from .rewards import rollout


@pytest.mark.parametrize(
    ("length", "penalty"),
    [
        (0, 0.0),
        (800, 0.0),
        (801, -0.005),
        (900, -0.5),
        (999, -0.995),
        (1000, -1.0),
        (1001, -1.0),
        # verl's and NeMo-RL's code gives -3 here.
        (1400, -1.0),
        (10**9, -1.0),
    ],
)
def test_soft_overlong(length: int, penalty: float) -> None:
    assert soft_overlong(length, max_length=1000, buffer=200) == pytest.approx(penalty)


@given(st.integers(0, 10**6), st.integers(1, 10**5), st.data())
def test_soft_overlong_is_the_equation_within_its_bounds(
    length: int, most: int, data: st.DataObject
) -> None:
    buffer = data.draw(st.integers(1, most))
    penalty = soft_overlong(length, max_length=most, buffer=buffer)
    assert -1 <= penalty <= 0
    if most - buffer < length <= most:
        assert penalty == pytest.approx(((most - buffer) - length) / buffer)
    assert soft_overlong(length + 1, max_length=most, buffer=buffer) <= penalty


def test_a_buffer_of_the_whole_length() -> None:
    assert [soft_overlong(n, max_length=4, buffer=4) for n in (0, 1, 4)] == [0.0, -0.25, -1.0]


@pytest.mark.parametrize(
    ("text", "words", "characters"),
    [("", 0, 0), ("a b", 2, 3), ("  a\n\tb  ", 2, 8), ("é😀", 1, 2)],
)
def test_length_units(text: str, words: int, characters: int) -> None:
    assert len(splitter(Unit.WORDS, None, Path())(text)) == words
    assert len(splitter(Unit.CHARACTERS, None, Path())(text)) == characters


@pytest.mark.parametrize(("unit", "value"), [("words", -0.5), ("characters", -1.0)])
def test_soft_overlong_term(unit: str, value: float) -> None:
    spec = SoftOverlongTerm(
        name="long", type="soft_overlong", max_length=4, buffer=2, unit=Unit(unit)
    )
    (score,) = SoftOverlong(spec, Path()).score([rollout("one two three")])
    assert isinstance(score, Score)
    assert score.value == value
    assert score.details["unit"] == unit


@pytest.mark.parametrize(
    ("tokens", "n", "share"),
    [
        ([], 1, 0.0),
        (["a"], 2, 0.0),
        (["a"], 1, 0.0),
        (["a", "a"], 1, 0.5),
        (["a", "b", "a", "b"], 2, 1 / 3),
        (["a"] * 10, 4, 6 / 7),
        ("abab", 2, 1 / 3),
        ("aaaa", 4, 0.0),
        ("", 3, 0.0),
    ],
)
def test_repeated_share(tokens: list[str] | str, n: int, share: float) -> None:
    assert repeated_share(tokens, n) == pytest.approx(share)


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 6))
def test_repeated_share_counts_as_the_definition(tokens: list[str], n: int) -> None:
    grams = [tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1)]
    expected = 1 - len(set(grams)) / len(grams) if grams else 0.0
    assert repeated_share(tokens, n) == pytest.approx(expected)
    assert repeated_share("".join(tokens), n) == pytest.approx(expected)


def penalty(text: str, **settings: float) -> float:
    term = Repetition(RepetitionTerm(name="r", type="repetition", **settings), Path())
    (score,) = term.score([rollout(text)])
    assert isinstance(score, Score)
    assert -1 <= score.value <= 0
    return score.value


@pytest.mark.parametrize(
    "text",
    [
        "well " * 60,
        "well" * 60,
        "wellwellwell" * 20,
        "Well\n\n\n WELL\t" * 30,
        "the answer is four, " * 20,
        "答案是四。" * 30,
    ],
)
def test_repetition_is_caught_with_and_without_spaces(text: str) -> None:
    assert penalty(text) < -0.5


@pytest.mark.parametrize(
    "text", ["", "four", "well well well", "A: 4", "She has 3 + 4 = 7 eggs left.\nA: 7"]
)
def test_short_text_is_no_repetition(text: str) -> None:
    assert penalty(text) == 0.0


def test_ordinary_text_is_not_punished(example: Path) -> None:
    with gzip.open(example / "data" / "rollouts.jsonl.gz", "rt") as stream:
        texts = [json.loads(line)["messages"][-1]["content"] for line in stream]
    found = [penalty(text) for text in texts]
    assert sum(found) / len(found) > -0.01
    assert sum(value >= -0.1 for value in found) / len(found) > 0.97
    paragraph = (Path(__file__).parents[3] / "LICENSE").read_text()[:4000]
    assert penalty(paragraph) == 0.0


def test_allowance_shifts_the_start_and_keeps_the_end() -> None:
    text = "a b c d " * 3
    share = 1 - 4 / 9
    assert penalty(text, allowance=0.0) == pytest.approx(-share)
    assert penalty(text, allowance=0.5) == pytest.approx(-(share - 0.5) / 0.5)
    assert penalty(text, allowance=0.9) == 0.0


def test_the_worst_look_counts_and_both_are_shown() -> None:
    term = Repetition(RepetitionTerm(name="r", type="repetition"), Path())
    (score,) = term.score([rollout("wellwellwell" * 20)])
    assert isinstance(score, Score)
    shown = score.details["repeated"]
    assert shown["words:4"] == 0.0
    assert shown["characters:24"] > 0.9
    assert score.value == pytest.approx(-(shown["characters:24"] - 0.1) / 0.9)
