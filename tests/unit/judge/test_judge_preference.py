"""The preference judge: who is compared with whom, in which order, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.errors import JudgeUnavailable
from nova_rft.judge import JudgeRequest, PreferenceJudge, ScriptedModel, read_fenced
from nova_rft.judge.preference import calls_needed
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import PreferenceTerm
from tests.unit.judge.judges import FakeModel

# The longest number that a text holds is how good it is.
_NUMBER = re.compile(r"\d+")


def quality(text: str) -> int:
    found = _NUMBER.search(text)
    return int(found[0]) if found else 0


def term(**settings: Any) -> PreferenceTerm:
    fields = {"name": "p", "type": "preference", "model": {"provider": "scripted"}, **settings}
    return PreferenceTerm.model_validate(fields)


def rollout(response: str, *, id: str = "r", group: str = "g", **fields: Any) -> Rollout:
    return Rollout(id, group, (Message("user", "Say a number."),), response, None, fields)


def fair(request: JudgeRequest) -> Any:
    """Prefers the greater number, wherever it stands."""
    _, sections = read_fenced(request.user)
    if request.tool.name == "give_preference":
        first, second = quality(sections["FIRST"]), quality(sections["SECOND"])
        verdict = "tie" if first == second else "first" if first > second else "second"
        return {"nonce": request.nonce, "reason": "", "evidence": "", "verdict": verdict}
    responses = {
        name.removeprefix("RESPONSE"): quality(text)
        for name, text in sections.items()
        if name.startswith("RESPONSE")
    }
    better = {id: 1 + sum(q > mine for q in responses.values()) for id, mine in responses.items()}
    entries = [{"response": id, "reason": "", "rank": str(rank)} for id, rank in better.items()]
    # In an order of its own: whoever reads by position reads nonsense.
    return {"nonce": request.nonce, "ranking": sorted(entries, key=lambda e: e["response"])}


def always_first(request: JudgeRequest) -> Any:
    """A judge that looks at the place alone."""
    if request.tool.name == "give_preference":
        return {"nonce": request.nonce, "reason": "", "evidence": "", "verdict": "first"}
    ids = request.tool.schema["properties"]["ranking"]["items"]["properties"]["response"]["enum"]
    entries = [{"response": id, "rank": str(place + 1)} for place, id in enumerate(ids)]
    return {"nonce": request.nonce, "ranking": entries}


def score(
    answer: Callable[[JudgeRequest], Any], rollouts: list[Rollout], **settings: Any
) -> tuple[list[Outcome], FakeModel]:
    model = FakeModel(answer)
    return PreferenceJudge(term(**settings), model).score(rollouts), model


def values(outcomes: list[Outcome]) -> list[float]:
    assert all(isinstance(one, Score) for one in outcomes), outcomes
    return [one.value for one in outcomes if isinstance(one, Score)]


def only(outcomes: list[Outcome]) -> Score:
    (one,) = outcomes
    assert isinstance(one, Score), one
    return one


def test_a_win_against_the_one_comparison_response_is_shrunk() -> None:
    outcomes, model = score(fair, [rollout("9", comparisons="5")])
    one = only(outcomes)
    assert one.value == 0.75  # (1 + 1/2) / (1 + 1)
    assert one.metrics == {"judged": 1.0, "consistent": 1.0, "first_slot": 0.5}
    assert len(model.asked) == 2
    (game,) = one.details["games"]
    assert (game["against"], game["share"]) == ("comparison 0", 1.0)


def test_loss_tie_and_several_comparison_responses() -> None:
    fields: dict[str, Any] = {"comparisons": ["5", {"response": "7"}, {"text": "1"}]}
    outcomes, model = score(
        fair, [rollout("9", **fields), rollout("7 too", **fields), rollout("0", **fields)]
    )
    assert values(outcomes) == [3.5 / 4, (1 + 0.5 + 1 + 0.5) / 4, 0.5 / 4]
    assert len(model.asked) == 3 * 3 * 2 == 3 * calls_needed(term(), 1, 3)


def test_orders_that_disagree_are_a_tie_and_are_counted() -> None:
    outcomes, _ = score(always_first, [rollout("9", comparisons="5")])
    assert only(outcomes).value == 0.5
    assert only(outcomes).metrics == {"judged": 1.0, "consistent": 0.0, "first_slot": 1.0}


def test_one_order_alone_is_chosen_by_the_texts_not_by_the_place() -> None:
    pairs = [(f"{a}", f"{b}") for a in range(12) for b in range(12, 24)]
    firsts = 0
    for mine, other in pairs:
        _, one = score(fair, [rollout(mine, comparisons=other)], both_orders=False)
        _, turned = score(fair, [rollout(other, comparisons=mine)], both_orders=False)
        (asked,), (again,) = one.asked, turned.asked
        assert asked == again
        firsts += read_fenced(asked.user)[1]["FIRST"] == mine
    assert 0.35 < firsts / len(pairs) < 0.65


def test_no_comparison_response_is_an_abstention() -> None:
    outcomes, model = score(fair, [rollout("9"), rollout("9", comparisons=["", 3])])
    for one in outcomes:
        assert isinstance(one, Abstention)
        assert one.cause is Cause.NO_COMPARISON
    assert not model.asked


def test_no_sibling_is_an_abstention() -> None:
    outcomes, _ = score(
        fair, [rollout("9", group="a"), rollout("8", group="b")], against="siblings"
    )
    assert [one.cause for one in outcomes if isinstance(one, Abstention)] == [
        Cause.NO_COMPARISON,
        Cause.NO_COMPARISON,
    ]


GROUP = [rollout(text, id="same") for text in ("3", "1", "4", "2")]


@pytest.mark.parametrize("method", ["round_robin", "listwise"])
def test_siblings_are_ranked_by_borda(method: str) -> None:
    outcomes, model = score(fair, GROUP, against="siblings", method=method)
    assert values(outcomes) == [2.5 / 4, 0.5 / 4, 3.5 / 4, 1.5 / 4]
    assert len(model.asked) == calls_needed(term(against="siblings", method=method), 4, 0)
    assert [one.metrics["consistent"] for one in outcomes if isinstance(one, Score)] == [1.0] * 4


@pytest.mark.parametrize("method", ["round_robin", "swiss", "listwise"])
@pytest.mark.parametrize("rating", ["borda", "bradley_terry"])
def test_every_method_and_rating_orders_a_group_rightly_at_both_ends(
    method: str, rating: str
) -> None:
    responses = [rollout(str(n)) for n in (5, 8, 1, 7, 3, 2, 6, 4)]
    outcomes, _ = score(fair, responses, against="siblings", method=method, rating=rating)
    found = values(outcomes)
    assert found.index(max(found)) == 1
    assert found.index(min(found)) == 2
    if rating == "bradley_terry":
        assert abs(sum(found)) < 1e-9


def test_groups_are_kept_apart_and_places_not_ids_decide() -> None:
    mixed = [
        rollout("1", id="x", group="a"),
        rollout("9", id="x", group="b"),
        rollout("2", id="x", group="a"),
        rollout("8", id="x", group="b"),
    ]
    outcomes, model = score(fair, mixed, against="siblings")
    assert values(outcomes) == [0.25, 0.75, 0.75, 0.25]
    assert len(model.asked) == 4


@pytest.mark.parametrize("method", ["round_robin", "swiss", "listwise"])
def test_equal_responses_tie_without_a_call(method: str) -> None:
    outcomes, model = score(fair, [rollout("7")] * 4, against="siblings", method=method)
    assert values(outcomes) == [0.5] * 4
    assert not model.asked


def test_a_list_holds_each_text_once() -> None:
    outcomes, model = score(
        fair, [rollout("7"), rollout("7"), rollout("9")], against="siblings", method="listwise"
    )
    assert values(outcomes) == [1 / 3, 1 / 3, 2.5 / 3]
    names = read_fenced(model.asked[0].user)[1]
    assert sum(name.startswith("RESPONSE") for name in names) == 2


def test_a_judge_of_lists_that_looks_at_places_gives_no_signal() -> None:
    outcomes, _ = score(always_first, GROUP, against="siblings", method="listwise")
    assert values(outcomes) == [0.5] * 4
    assert all(
        one.metrics["consistent"] == 0.0 and one.metrics["first_slot"] == 1.0
        for one in outcomes
        if isinstance(one, Score)
    )


def test_anchors_stand_at_0_and_are_not_compared_with_each_other() -> None:
    anchored = [rollout(text, comparisons=["5", "5 again"]) for text in ("9", "5 as well", "1")]
    outcomes, model = score(fair, anchored, against="both", rating="bradley_terry")
    better, same, worse = values(outcomes)
    assert better > 0.5 > abs(same)
    assert worse == pytest.approx(-better)
    assert abs(same) < 1e-9
    assert len(model.asked) == calls_needed(term(against="both"), 3, 2) == 2 * (3 + 3 * 2)


def test_a_lone_rollout_with_anchors_is_compared_with_them() -> None:
    outcomes, _ = score(fair, [rollout("9", comparisons="5")], against="both")
    assert values(outcomes) == [0.75]


def test_swiss_makes_fewer_calls_and_nobody_meets_twice() -> None:
    responses = [rollout(str(n)) for n in range(9)]
    outcomes, model = score(fair, responses, against="siblings", method="swiss", rounds=4)
    assert len(values(outcomes)) == 9
    asked = [read_fenced(request.user)[1] for request in model.asked]
    met = [frozenset((one["FIRST"], one["SECOND"])) for one in asked]
    assert all(met.count(pair) == 2 for pair in met)  # both orders, once
    assert (
        len(asked)
        == 4 * 4 * 2
        == calls_needed(term(against="siblings", method="swiss", rounds=4), 9, 0)
    )
    # Nobody sits out twice of four times.
    played = [sum(str(n) in pair for pair in met) / 2 for n in range(9)]
    assert min(played) >= 3


def test_an_unread_order_drops_the_pair_and_too_few_pairs_make_an_abstention() -> None:
    def half(request: JudgeRequest) -> Any:
        sections = read_fenced(request.user)[1]
        unread = sections["FIRST"] == "4" and sections["SECOND"] == "1"
        return {"nonce": "another"} if unread else fair(request)

    outcomes, _ = score(half, GROUP, against="siblings", min_judged=0.9)
    kinds = [type(one) for one in outcomes]
    assert kinds == [Score, Abstention, Abstention, Score]
    problem = outcomes[1]
    assert isinstance(problem, Abstention)
    assert problem.cause is Cause.UNREADABLE_VERDICT
    assert problem.detail.startswith("67% of its pairs could be judged: the answer carries another")
    lenient, _ = score(half, GROUP, against="siblings", min_judged=0.5)
    assert values(lenient)[1] == 0.5 / 3
    assert [one.metrics["judged"] for one in lenient if isinstance(one, Score)] == pytest.approx(
        [1, 2 / 3, 2 / 3, 1]
    )


def test_a_judge_that_cannot_be_reached_is_an_abstention() -> None:
    outcomes, _ = score(lambda _: JudgeUnavailable("throttled"), GROUP, against="siblings")
    assert all(
        isinstance(one, Abstention) and one.cause is Cause.JUDGE_UNAVAILABLE for one in outcomes
    )


@pytest.mark.parametrize(
    "broken",
    [
        lambda answer: answer["ranking"].pop(),
        lambda answer: answer["ranking"].append(answer["ranking"][0]),
        lambda answer: answer["ranking"][0].update(rank="0"),
        lambda answer: answer["ranking"][0].update(rank="5"),
        lambda answer: answer["ranking"][0].update(rank=1),
        lambda answer: answer["ranking"][0].update(response="ZZZZ"),
        lambda answer: answer.update(nonce="0" * 16),
        lambda answer: answer.update(ranking={}),
        lambda answer: answer.update(winner="a"),
    ],
)
def test_a_ranking_that_is_not_exact_is_unreadable(broken: Callable[[Any], Any]) -> None:
    def answer(request: JudgeRequest) -> Any:
        given = fair(request)
        broken(given)
        return given

    outcomes, _ = score(answer, GROUP, against="siblings", method="listwise")
    assert all(
        isinstance(one, Abstention) and one.cause is Cause.UNREADABLE_VERDICT for one in outcomes
    )


@pytest.mark.parametrize("verdict", ["First", "1", 1, "both", "", None, ["first"], "first "])
def test_a_preference_that_is_not_one_of_three_words_is_unreadable(verdict: Any) -> None:
    def answer(request: JudgeRequest) -> Any:
        return {**fair(request), "verdict": verdict}

    outcomes, _ = score(answer, [rollout("9", comparisons="5")])
    assert isinstance(outcomes[0], Abstention)
    assert outcomes[0].cause is Cause.UNREADABLE_VERDICT


def test_tokens_of_a_shared_call_are_counted_once() -> None:
    for method in ("round_robin", "listwise", "swiss"):
        outcomes, model = score(fair, GROUP, against="siblings", method=method)
        counted = sum(one.details["calls"] for one in outcomes if isinstance(one, Score))
        assert counted == len(model.asked)


def test_the_prompt_says_what_better_means() -> None:
    criteria = ["accuracy", {"name": "waffles", "question": "Does it waffle?", "weight": -2}]
    _, model = score(fair, [rollout("9", comparisons="5")], criteria=criteria)
    system = model.asked[0].system
    assert "- accuracy (weight 1, the better for it): " in system
    assert "- waffles (weight 2, the worse for it): Does it waffle?" in system


def test_length_control_takes_out_what_length_explains() -> None:
    def longer(request: JudgeRequest) -> Any:
        _, sections = read_fenced(request.user)
        longest = "first" if len(sections["FIRST"]) > len(sections["SECOND"]) else "second"
        return {"nonce": request.nonce, "reason": "", "evidence": "", "verdict": longest}

    # Two games alone say little of a judge; an event of ten groups says enough.
    responses = [
        rollout("x" * length, group=str(group)) for group in range(10) for length in (10, 90, 640)
    ]
    plain, _ = score(longer, responses, against="siblings")
    free, _ = score(longer, responses, against="siblings", length_control=True)
    spread = max(values(plain)) - min(values(plain))
    assert max(values(free)) - min(values(free)) < 0.5 * spread
    # A judge that does not look at length loses next to nothing.
    lengths = {"9" + "x" * 10: 9, "8" + "x" * 640: 8, "7" + "x" * 40: 7, "6" + "x" * 160: 6}
    texts = [rollout(text) for text in lengths]
    plain, _ = score(fair, texts, against="siblings")
    free, _ = score(fair, texts, against="siblings", length_control=True)
    assert values(free) == pytest.approx(values(plain), abs=0.1)


def test_the_scripted_judge_answers_pairs_and_lists() -> None:
    texts = [rollout("A number: say seven number."), rollout("no"), rollout("Say it.")]
    for method in ("round_robin", "listwise"):
        judge = PreferenceJudge(term(against="siblings", method=method), ScriptedModel())
        found = values(judge.score(texts))
        assert found.index(max(found)) == 0
