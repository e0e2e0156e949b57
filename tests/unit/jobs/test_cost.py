"""What training costs so far, by the spec's prices; nothing is assumed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nova_rft.jobs._cost import cost_so_far
from nova_rft.jobs._job import Job, Status
from nova_rft.spec import Spec, TrainingPrices, parse

SPEC = parse(
    "project: tone\ntechnique: sft\nmodel: amazon.nova-lite-v1:0:300k\ndata: {train: t.jsonl}\n"
)
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
JOB = Job("a", "arn", "bedrock", Status.IN_PROGRESS, START, "base", "a")


def priced(**prices: float) -> Spec:
    return SPEC.model_copy(update={"prices": TrainingPrices(**prices)})


def test_by_the_hour_until_now_or_until_it_ended() -> None:
    now = START + timedelta(hours=3)
    assert cost_so_far(JOB, priced(hour=10), now).usd == pytest.approx(30)
    ended = replace(JOB, ended=START + timedelta(hours=1))
    assert cost_so_far(ended, priced(hour=10), now).usd == pytest.approx(10)


def test_by_instances() -> None:
    job = replace(JOB, instances=4)
    cost = cost_so_far(job, priced(instance_hour=50), START + timedelta(hours=2))
    assert cost.usd == pytest.approx(400)
    assert cost.how == "2.00 h of 4 instances"


def test_by_tokens_where_the_service_says_how_many() -> None:
    prices = priced(million_tokens=8, hour=100)
    billed = replace(JOB, billed_tokens=2_500_000)
    now = START + timedelta(hours=1)
    assert cost_so_far(billed, prices, now).usd == pytest.approx(20)
    assert cost_so_far(JOB, prices, now).usd == pytest.approx(100)


def test_without_a_price_there_is_no_figure() -> None:
    cost = cost_so_far(JOB, SPEC, START + timedelta(hours=1))
    assert (cost.usd, cost.how) == (None, "no prices.hour in the spec")
