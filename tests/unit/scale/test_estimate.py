"""The estimate: counts that hold, times that bind where they should, quotas by their names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nova_rft.errors import UsageError
from nova_rft.scale.estimate import Calls, Load, Quotas, about_quotas, estimate, jobs_of, load_of
from nova_rft.spec import Price, RewardSpec

JUDGE = {"provider": "bedrock", "id": "us.amazon.nova-pro-v1:0"}
RUBRIC = {
    "name": "style",
    "type": "rubric",
    "model": JUDGE,
    "samples": 2,
    "criteria": [{"name": "clear", "question": "Is it clear?"}],
}
PAIRS = {
    "name": "better",
    "type": "preference",
    "model": JUDGE,
    "against": "siblings",
    "method": "round_robin",
}
ROOM = Quotas(requests_per_minute=1e9, tokens_per_minute=1e12, uplink_bytes_per_s=1e12)


def load(items: int, **changes: object) -> Load:
    judge = Calls("m", items, 1000, 250, 1000, concurrency=16, price=Price(input=1, output=4))
    return replace(Load(items, -(-items // 256), items * 2000, (judge,)), **changes)  # type: ignore[arg-type]


def test_calls_are_counted_by_the_groups_that_there_are() -> None:
    reward = RewardSpec.model_validate({"terms": [RUBRIC, PAIRS], "range": [-1, 1]})
    found = load_of(reward, {4: 10, 2: 5, 1: 3}, events=1, size=1000)
    assert found.items == 53
    # Two samples of each; of a group every pair in both orders.
    assert [one.calls for one in found.judges] == [106, 10 * 6 * 2 + 5 * 2]


@pytest.mark.parametrize(
    ("records", "jobs"), [(99, 0), (100, 1), (50_000, 1), (50_001, 2), (120_000, 3)]
)
def test_batches_by_the_rule_that_makes_them(records: int, jobs: int) -> None:
    assert jobs_of(load(records), Quotas()) == jobs


def test_judges_of_one_model_share_their_batches() -> None:
    (judge,) = load(60).judges
    assert jobs_of(load(60, judges=(judge, judge)), Quotas()) == 1
    assert jobs_of(load(60, judges=(judge, replace(judge, model="other"))), Quotas()) == 0


def test_what_binds() -> None:
    assert estimate(load(100_000), "lambda").binds == "a model's tokens a minute"
    assert estimate(load(100_000), "lambda", ROOM).binds == "events at once"
    few = replace(ROOM, transitions_per_s=0.1)
    assert estimate(load(100_000), "map", few, concurrency=500).binds == "state transitions"
    slow = replace(ROOM, uplink_bytes_per_s=1000)
    assert estimate(load(100_000), "lambda", slow).binds == "bytes from here"


def test_a_child_of_the_map_takes_two_executions() -> None:
    wide = estimate(load(10_000_000), "map", ROOM, concurrency=10_000)
    half = replace(ROOM, lambda_concurrency=500)
    lambdas = estimate(load(10_000_000), "lambda", half, concurrency=10_000)
    assert wide.times["events at once"] == lambdas.times["events at once"]


def test_batches_cost_half() -> None:
    whole, half = (estimate(load(1000), name).judges for name in ("lambda", "batch"))
    assert whole == 1000 * (1000 + 4 * 250) / 1e6
    assert half == whole / 2


def test_more_takes_longer_and_never_less_of_anything() -> None:
    for name in ("here", "lambda", "map", "batch"):
        found = [estimate(load(10**n), name) for n in range(3, 8)]
        assert [one.seconds for one in found] == sorted(one.seconds for one in found)
        assert [one.services for one in found] == sorted(one.services for one in found)


def test_an_event_that_no_lambda_finishes_is_said() -> None:
    (judge,) = load(1000).judges
    slow = load(1000, judges=(replace(judge, calls=1_000_000),))
    assert any("lower --event-size" in note for note in estimate(slow, "lambda").notes)


def test_quotas_are_put_by_name_and_each_has_a_source() -> None:
    assert Quotas().with_own({"batch_jobs": 3}).batch_jobs == 3
    with pytest.raises(UsageError, match="there are batch_bytes"):
        Quotas().with_own({"batches": 3})
    with pytest.raises(UsageError, match="above 0"):
        Quotas().with_own({"batch_jobs": 0})
    assert all(source and about for _, _, about, source in about_quotas(Quotas()))
