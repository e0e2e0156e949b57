"""Where the truth comes from, the path to the reward, and what is measured of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.judge import ScriptedModel
from nova_rft.rehearse import RewardFailed, call_here, read_examples
from nova_rft.rehearse._checks import checks_of
from nova_rft.rehearse._facts import facts_of
from nova_rft.rehearse._grade import event_of, grade
from nova_rft.rehearse._measure import Batch, figures_of
from nova_rft.reward import JudgeModels, RewardFunction
from nova_rft.reward.contract import Answered
from nova_rft.spec import RewardSpec

MATCH = {"name": "right", "type": "match"}
FORM = {"name": "form", "type": "tags", "tags": ["answer"]}
LENGTH = {"name": "length", "type": "soft_overlong", "max_length": 9, "buffer": 4}
RUBRIC = {
    "name": "judge",
    "type": "rubric",
    "model": {"provider": "scripted"},
    "criteria": ["tone"],
}
EXAMPLES = read_examples(
    [
        {
            "id": f"r{n}",
            "messages": [{"role": "user", "content": f"ask {n}"}],
            "reference_answer": str(n),
            "hint": n,
        }
        for n in range(4)
    ]
)


def reward(*terms: dict[str, Any], **more: Any) -> RewardSpec:
    return RewardSpec.model_validate({"range": [-5, 5], "terms": list(terms), **more})


def function(spec: RewardSpec) -> RewardFunction:
    return RewardFunction(spec, JudgeModels(spec, lambda _: ScriptedModel()))


@pytest.mark.parametrize(
    ("terms", "kind", "names"),
    [
        ([MATCH, {**RUBRIC, "weight": 0}], "apart", ("judge",)),
        ([FORM, {**MATCH, "weight": 0}], "apart", ("right",)),
        ([MATCH, {**LENGTH, "weight": 0}], "proven", ("right",)),
        ([MATCH, FORM], "proven", ("right",)),
        ([FORM, LENGTH], "reference", ("reference",)),
        ([RUBRIC], "reference", ("reference",)),
    ],
)
def test_the_most_independent_check_that_there_is(
    terms: list[dict[str, Any]], kind: str, names: tuple[str, ...]
) -> None:
    found = checks_of(reward(*terms), EXAMPLES)
    assert (found.kind, found.names) == (kind, names)


def test_without_references_and_checks_there_is_none() -> None:
    bare = read_examples([{"messages": [{"role": "user", "content": "a"}]}] * 2)
    found = checks_of(reward(FORM), bare)
    assert (found.kind, found.names) == ("none", ())
    assert found.values([], []) == []


def test_a_check_is_read_from_the_answer_or_matched_here() -> None:
    said = ["Answer: 0", "Answer: 9"]
    event = event_of("e", EXAMPLES[:2], said)
    apart = reward(FORM, {**MATCH, "weight": 0})
    graded = grade(call_here(function(apart)), event)
    assert checks_of(apart, EXAMPLES).values(event, graded) == [{"right": 1.0}, {"right": 0.0}]
    alone = reward(FORM)
    graded = grade(call_here(function(alone)), event)
    assert checks_of(alone, EXAMPLES).values(event, graded) == [
        {"reference": 1.0},
        {"reference": 0.0},
    ]


def test_an_event_is_what_the_service_sends() -> None:
    assert event_of("step-3", EXAMPLES[1:2], ["said"]) == [
        {
            "id": "step-3-0",
            "messages": [
                {"role": "user", "content": "ask 1"},
                {"role": "assistant", "content": "said"},
            ],
            "metadata": {"reference_answer": "1", "hint": 1},
        }
    ]


def test_an_answer_gives_reward_values_and_parts() -> None:
    spec = reward({**MATCH, "weight": 2.0}, {**FORM, "weight": 0.5})
    event = event_of("e", EXAMPLES[:2], ["<answer>0</answer>", "Answer: 1"])
    first, second = grade(call_here(function(spec)), event)
    assert (first.reward, first.values["form"], first.weighted["form"]) == (0.5, 1.0, 0.5)
    assert (second.reward, second.weighted["right"], second.abstained) == (2.0, 2.0, False)


def test_a_reward_that_fails_or_answers_wrongly_stops_the_rehearsal() -> None:
    event = event_of("step-7", EXAMPLES[:1], ["said"])
    with pytest.raises(RewardFailed, match="step-7-0: out of memory"):
        grade(lambda _: Answered(error="out of memory"), event)
    with pytest.raises(RewardFailed, match="is wrong"):
        grade(lambda _: Answered([{"id": "step-7-0", "aggregate_reward_score": None}]), event)
    bare = read_examples([{"messages": [{"role": "user", "content": "a"}]}] * 2)
    raising = reward(MATCH, on_abstain="raise")
    with pytest.raises(RewardFailed, match="on_abstain"):
        grade(call_here(function(raising)), event_of("e", bare, ["a", "b"]))


def test_figures_of_a_batch_by_hand() -> None:
    spec = reward(MATCH, FORM)
    examples = [EXAMPLES[0], EXAMPLES[0], EXAMPLES[1], EXAMPLES[1]]
    said = ["Answer: 0", "Answer: 5", "Answer: 1", "Answer: 1"]
    event = event_of("e", examples, said)
    graded = grade(call_here(function(spec)), event)
    checks = checks_of(spec, EXAMPLES).values(event, graded)
    found = figures_of(Batch(said, [0, 0, 1, 1], graded, checks, [3, 3, 3, 5], {"entropy": 0.5}))
    assert found["reward"] == found["check"] == found["check:right"] == 0.75
    assert found["reward_deviation"] == found["check_deviation"] == 0.5
    assert (found["tied"], found["length"], found["words"]) == (0.5, 3.5, 2.0)
    assert (found["characters"], found["entropy"], found["abstained"]) == (8.0, 0.5, 0.0)
    assert found["term:right"] == found["weighted:right"] == 0.75


def test_what_repeats_without_spaces_is_seen() -> None:
    spec = reward(FORM)
    said = ["well" * 20, "well " * 20, "each of these words is another one"]
    examples = list(EXAMPLES[:3])
    event = event_of("e", examples, said)
    graded = grade(call_here(function(spec)), event)
    for text, high in zip(said, (True, True, False), strict=True):
        one = figures_of(Batch([text], [0], graded[:1], [{}], [1]))
        assert (one["repeated"] > 0.9) is high
        assert "check" not in one


def test_facts_name_roles_payment_and_what_bounds() -> None:
    words = {"name": "repetition", "type": "repetition", "ngrams": [{"unit": "words", "n": 2}]}
    spec = reward(RUBRIC, FORM, {**MATCH, "weight": 0}, LENGTH, words)
    found = facts_of(spec, checks_of(spec, EXAMPLES))
    told = {term.name: (term.role, term.paid, term.checks) for term in found.terms}
    assert told == {
        "judge": ("judge", True, False),
        "form": ("verifier", True, False),
        "right": ("verifier", False, True),
        "length": ("penalty", True, False),
        "repetition": ("penalty", True, False),
    }
    assert [term.name for term in found.suspects] == ["judge", "form"]
    assert (found.bounds_length, found.bounds_words_alone) == (True, True)
    whole = {"name": "repetition", "type": "repetition"}
    assert not facts_of(reward(FORM, whole), checks_of(reward(FORM), EXAMPLES)).bounds_words_alone
