"""Rules of composition, by hand and by property."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nova_rft.data import Rollout
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward import RewardFunction, Scored
from nova_rft.reward._compose import Rule
from nova_rft.spec import RewardSpec

from .rewards import reward, rollout, wires

LENGTH = {"type": "length_window", "max_length": 3}
LONG = {"type": "soft_overlong", "max_length": 4, "buffer": 4}


def spec(*terms: dict[str, Any], **settings: Any) -> RewardSpec:
    named = [{"name": f"t{place}", **term} for place, term in enumerate(terms)]
    return RewardSpec.model_validate({"range": [0, 1], "terms": named, **settings})


def refused(*terms: dict[str, Any], **settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        spec(*terms, **settings)
    return caught.value.errors()[0]["msg"]


def total(made: RewardSpec, *values: float) -> float:
    rule = Rule(made, made.terms)
    return rule.total(rule.parts({f"t{place}": value for place, value in enumerate(values)}))


def test_weighted_sum_clips_or_scales() -> None:
    clipped = spec({**LENGTH, "weight": 2}, LONG, range=[-0.5, 1])
    assert [total(clipped, *v) for v in ((1, 0), (0, -1), (0, 0))] == [1, -0.5, 0]
    scaled = spec({**LENGTH, "weight": 2}, LONG, range=[-1, 5], scale="linear")
    # From -1 (0 and -1) to 2 (1 and 0), stretched twofold to -1 to 5.
    assert [total(scaled, *v) for v in ((1, 0), (0, -1), (0, 0))] == [5, -1, 1]


def test_negative_weights_turn_the_scale() -> None:
    turned = spec({**LENGTH, "weight": -1}, range=[0, 10], scale="linear")
    assert [total(turned, value) for value in (0, 1)] == [10, 0]


def test_gated_product_is_nothing_where_one_is_nothing() -> None:
    made = spec(LENGTH, {**LENGTH, "weight": 2}, LONG, combine="gated_product", range=[-1, 1])
    assert total(made, 1, 1, 0) == 1
    assert total(made, 0, 1, 0) == total(made, 1, 1, -1) == -1
    assert total(made, 1, 0.5, 0) == -0.5
    assert total(made, 1, 1, -0.5) == 0


def test_lexicographic_order_is_the_specs() -> None:
    made = spec(LENGTH, LENGTH, combine="lexicographic", levels=3)
    ordered = [total(made, *v) for v in ((0, 0), (0, 1), (0.5, 0), (0.5, 1), (1, 0), (1, 1))]
    assert ordered == sorted(ordered)
    assert len(set(ordered)) == 6
    assert (ordered[0], ordered[-1]) == (0, 1)
    # Inside one level the first says nothing, and the second decides.
    assert total(made, 0.4, 1) > total(made, 0.6, 0)


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=2, max_size=2))
def test_lexicographic_never_puts_a_later_term_before_an_earlier(rows: Any) -> None:
    made = spec(LENGTH, {**LENGTH, "weight": -1}, LENGTH, combine="lexicographic", levels=5)

    def digits(values: Sequence[float]) -> tuple[int, ...]:
        first, second, third = values
        return tuple(round(share * 4) for share in (first, 1 - second, third))

    one, other = rows
    assert (total(made, *one) < total(made, *other)) == (digits(one) < digits(other))


@given(
    st.sampled_from(["weighted_sum", "gated_product", "lexicographic"]),
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
    st.tuples(st.floats(-5, 4), st.floats(0.1, 5)),
)
def test_every_rule_stays_in_range_and_rises_with_each_term(
    rule: str, values: list[float], ends: tuple[float, float]
) -> None:
    low, high = ends[0], ends[0] + ends[1]
    made = spec(*[LENGTH] * len(values), combine=rule, scale="linear", range=[low, high])
    found = total(made, *values)
    assert low <= found <= high
    for place in range(len(values)):
        better = [1.0 if place == here else value for here, value in enumerate(values)]
        assert total(made, *better) >= found - 1e-9


def test_what_a_rule_cannot_work_with_is_refused() -> None:
    unbound = {"type": "python", "function": "m:f"}
    assert "has no bounds, which scale: linear needs" in refused(unbound, scale="linear")
    assert "has no bounds, which gated_product needs" in refused(unbound, combine="gated_product")
    assert spec({**unbound, "clip": [0, 1]}, combine="gated_product")
    linear = {"type": "linear_length", "target": 5}
    assert "cannot be a factor" in refused(linear, combine="gated_product")
    assert "cannot be a factor" in refused({**LENGTH, "weight": -1}, combine="gated_product")
    assert "means nothing where the order decides" in refused(
        {**LENGTH, "weight": 2}, combine="lexicographic"
    )
    assert "more than a number can tell apart" in refused(
        *[LENGTH] * 12, combine="lexicographic", levels=1001
    )
    assert "clip [1.0, 0.0] is empty" in refused({**LENGTH, "clip": [1, 0]})
    assert "must not open by its siblings' mean" in refused(
        {**LENGTH, "gate": 1, "on_abstain": "group_mean"}
    )
    assert "follows other, which is none; name one of t0" in refused(
        LENGTH, {"type": "kimi_length", "of": "other"}
    )


class Gives:
    """A term that gives what it is told, in order."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = itertools.cycle(outcomes)

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        return [next(self._outcomes) for _ in rollouts]


DOWN = Abstention(Cause.JUDGE_UNAVAILABLE, "no answer")


def function(
    first: dict[str, Any], *outcomes: Outcome, second: Sequence[Outcome] = (), **settings: Any
) -> RewardFunction:
    terms = [{"name": "a", **LENGTH, **first}, {"name": "b", **LENGTH}]
    made = reward(*terms, **{"range": [0, 2], **settings})
    # What a term finds is not what is tested here.
    made._terms = {"a": Gives(*outcomes), "b": Gives(*(second or [Score(1.0)]))}
    return made


def scored(made: RewardFunction, *groups: str) -> list[Scored]:
    return made.score([rollout(group=group) for group in groups])


def test_a_terms_own_group_mean_lets_the_others_teach() -> None:
    made = function(
        {"on_abstain": "group_mean"},
        *(Score(1.0), DOWN, Score(0.5), DOWN),
        second=[Score(0.0), Score(1.0), Score(1.0), Score(1.0)],
    )
    found = scored(made, "g", "g", "g", "alone")
    assert wires(found)[:3] == [1.0, 1.75, 1.5]
    assert isinstance(found[1].outcome, Score)
    assert found[1].weighted == {"a": 0.75, "b": 1.0}
    # Without a sibling that was told, the reward abstains.
    assert found[3].outcome == Abstention(Cause.JUDGE_UNAVAILABLE, "a: no answer")


def test_an_imputed_term_is_counted_in_the_answer() -> None:
    from nova_rft.reward import answer

    made = function({"on_abstain": "group_mean"}, Score(1.0), DOWN)
    metrics = {m["name"]: m["value"] for m in answer(scored(made, "g", "g"))[1]["metrics_list"]}
    assert metrics == {
        **{"a.abstained": 1.0, "a.weighted": 1.0, "b": 1.0, "b.weighted": 1.0},
        **{"abstained": 0.0, "reward": 2.0},
    }


def test_a_term_that_only_measures_may_be_missing() -> None:
    found = scored(function({"weight": 0}, DOWN), "g")
    assert wires(found) == [1.0]


def test_a_gate_that_only_measures_still_shuts_and_is_still_needed() -> None:
    made = function({"weight": 0, "gate": 0.5}, Score(0.4), DOWN, Score(0.5))
    shut, untold, open_ = scored(made, "g", "h", "i")
    assert (shut.wire, open_.wire) == (0.0, 1.0)
    assert isinstance(shut.outcome, Score)
    assert shut.outcome.details["failed_gate"] == "a: 0.4 is below 0.5"
    assert isinstance(untold.outcome, Abstention)


def test_clipping_counts_and_the_metric_stays_raw() -> None:
    from nova_rft.reward import answer

    made = function({"clip": [0, 0.5], "weight": 2}, Score(3.0))
    (item,) = answer(scored(made, "g"))
    metrics = {m["name"]: m["value"] for m in item["metrics_list"]}
    assert (metrics["a"], metrics["a.weighted"], metrics["reward"]) == (3.0, 1.0, 2.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_what_is_no_reward_abstains(value: float) -> None:
    (found,) = scored(function({}, Score(value)), "g")
    assert isinstance(found.outcome, Abstention)
    assert found.outcome.cause is Cause.TERM_FAILED


def test_a_term_that_loses_a_rollout_abstains_on_all() -> None:
    made = function({}, Score(1.0))

    class Short:
        def score(self, rollouts: Sequence[Rollout], *, deadline: Any = None) -> list[Outcome]:
            return [Score(1.0)]

    made._terms["a"] = Short()
    found = scored(made, "g", "h")
    assert [one.outcome for one in found] == [
        Abstention(Cause.TERM_FAILED, "a: ValueError: 1 results for 2 rollouts")
    ] * 2


def test_following_terms_see_what_they_follow() -> None:
    made = reward(
        {"name": "right", "type": "match"},
        {"name": "length", "type": "kimi_length", "of": "right", "weight": 0.5},
    )
    texts = ["A: 4", "So it is\nA: 4", "A: 5"]
    assert wires(made.score([rollout(text) for text in texts])) == [1.25, 0.75, 0.0]
