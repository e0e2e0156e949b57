"""The engine `lambda` against the embedded Lambda: what it asks, how often, and what ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from nova_rft import local_aws
from nova_rft.aws.folder import BucketFolder
from nova_rft.aws.reward_lambda import RewardLambda
from nova_rft.aws.session import Aws
from nova_rft.scale import EngineFailed, LambdaEngine, Ledger, Limits, Scoring, Summary
from nova_rft.scale.estimate import Calls, Load, Quotas, estimate
from tests.contract.conftest import Local
from tests.contract.scale_table import documented
from tests.support import ROOT
from tests.unit.scale.making import raw, work

# Scores by the length of what was said, and says in its log which items it was asked about.
COUNTED = """
import json, time
def handler(event, context):
    print("asked", json.dumps([item["id"] for item in event]))
    time.sleep(SLEEP)
    FAIL
    print(json.dumps({"message": "event scored", "judge_calls": len(event), "judge_kept": 0,
        "judge_input_tokens": 10, "judge_output_tokens": 5, "judge_cost": 0.25, "judge_unpriced": 0}))
    return [{"id": item["id"], "aggregate_reward_score": float(len(item["messages"][-1]["content"])),
             "metrics_list": []} for item in event]
"""
ITEMS = [raw(n, f"g{n // 2}", "x" * n) for n in range(60)]
Ask = Callable[..., tuple[str, Callable[[], Counter[str]]]]


@pytest.fixture
def ask(local: Local, aws: Aws) -> Ask:
    """Makes a function that counts, and what tells the counts."""

    def make(sleep: float = 0, fail: str = "", **settings: Any) -> Any:
        code = COUNTED.replace("SLEEP", str(sleep)).replace("FAIL", fail)
        function = local.function(code, **settings)
        logs = local.client("logs")

        def counts() -> Counter[str]:
            try:
                pages = list(
                    logs.get_paginator("filter_log_events").paginate(
                        logGroupName=f"/aws/lambda/{function}"
                    )
                )
            except logs.exceptions.ResourceNotFoundException:
                return Counter()
            said = [event["message"] for page in pages for event in page["events"]]
            asked = [line.removeprefix("asked ") for line in said if line.startswith("asked ")]
            return Counter(one for line in asked for one in json.loads(line))

        return function, counts

    return make


@pytest.fixture(autouse=True)
def _none_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


def run(
    home: Path,
    function: str,
    items: int = 6,
    concurrency: int = 2,
    patience_s: float = 30.0,
    bucket: str | None = None,
) -> tuple[Summary, list[dict[str, Any]]]:
    aws = Aws("us-east-1")
    engine = LambdaEngine(RewardLambda(aws, function), concurrency, patience_s)
    folder = BucketFolder(aws, bucket, "scores/x/") if bucket else None
    with work(ITEMS, home) as made, Ledger(home / "ledger.sqlite", folder) as ledger:
        scoring = Scoring(made, ledger, engine, Limits(items=items))
        return scoring.run(), list(scoring.rows())


def test_each_item_is_asked_about_once_and_what_it_took_is_told(ask: Ask, tmp_path: Path) -> None:
    function, counts = ask()
    summary, rows = run(tmp_path, function)
    assert counts() == {f"i{n}": 1 for n in range(60)}
    assert [one["aggregate_reward_score"] for one in rows] == list(range(60))
    assert (summary.spent.calls, summary.spent.cost, summary.unknown) == (60, 2.5, 0)
    run(tmp_path, function)
    assert set(counts().values()) == {1}


def test_a_lambda_that_refuses_for_a_while(ask: Ask, local: Local, tmp_path: Path) -> None:
    function, counts = ask()
    code = "TooManyRequestsException"
    local_aws.ask_fault(local.endpoint, service="lambda", operation="Invoke", code=code, times=3)
    summary, rows = run(tmp_path, function)
    assert set(counts().values()) == {1}
    assert (summary.scored, len(rows)) == (60, 60)
    what = "Lambda throttles (429, Retry-After) for a while"
    documented("lambda", what, lost=60 - summary.scored, twice="none")


def test_a_lambda_that_refuses_for_good_is_given_up_and_gone_on_with(
    ask: Ask, local: Local, tmp_path: Path
) -> None:
    function, counts = ask()
    local_aws.ask_fault(
        local.endpoint, service="lambda", operation="Invoke", code="ServiceException", seconds=60
    )
    with pytest.raises(EngineFailed, match=r"no call was answered .*ServiceException"):
        run(tmp_path, function, patience_s=0.2)
    local_aws.forget_faults(local.endpoint)
    assert run(tmp_path, function)[0].scored == 60
    assert set(counts().values()) == {1}
    documented("lambda", "Lambda fails itself (5xx) until the run gives up", lost=0, twice="none")


def test_an_s3_that_refuses_a_part(ask: Ask, local: Local, tmp_path: Path) -> None:
    function, counts = ask()
    bucket = f"bucket-{uuid4().hex[:12]}"
    local.client("s3").create_bucket(Bucket=bucket)
    local_aws.ask_fault(
        local.endpoint, service="s3", operation="*", code="SlowDown", message="not now", times=2
    )
    summary, _ = run(tmp_path, function, bucket=bucket)
    assert set(counts().values()) == {1}
    # Another machine finds them all.
    other, _ = run(tmp_path / "other", function, bucket=bucket)
    assert (other.known, set(counts().values())) == (60, {1})
    documented("lambda", "S3 refuses a part of the ledger", lost=60 - summary.scored, twice="none")


def test_the_time_is_about_what_was_estimated(ask: Ask, tmp_path: Path) -> None:
    function, _ = ask(sleep=0.4)
    run(tmp_path / "warm", function)
    judge = Calls("judge", 60, 100, 10, 100, concurrency=6, latency_s=0.4)
    load = Load(60, events=10, bytes=10_000, judges=(judge,))
    room = Quotas().with_own({"requests_per_minute": 1e6, "tokens_per_minute": 1e9})
    foreseen = estimate(load, "lambda", room, concurrency=2)
    summary, _ = run(tmp_path, function)
    assert foreseen.binds == "events at once"
    assert foreseen.seconds / 2 < summary.seconds < foreseen.seconds * 2


def test_an_event_that_takes_too_long_is_cut(ask: Ask, tmp_path: Path) -> None:
    function, _ = ask(fail="time.sleep(2 if len(event) > 40 else 0)", Timeout=1)
    summary, _ = run(tmp_path, function, items=60)
    assert (summary.scored, summary.failed) == (60, 0)


def test_one_item_that_breaks_the_function_costs_its_event_alone(ask: Ask, tmp_path: Path) -> None:
    function, _ = ask(fail="assert 'i30' not in [one['id'] for one in event], 'poison'")
    summary, rows = run(tmp_path, function)
    assert (summary.scored, summary.failed) == (54, 6)
    assert "poison" in summary.failures[0]
    assert rows[30]["aggregate_reward_score"] is None
    assert "poison" in rows[30]["failure"]


def test_a_function_that_always_fails_is_said_at_once(ask: Ask, tmp_path: Path) -> None:
    function, counts = ask(fail="raise RuntimeError('broken')")
    with pytest.raises(EngineFailed, match="broken"):
        run(tmp_path, function)
    assert len(counts()) < 40


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.contract.test_score_lambda import run
run(Path(sys.argv[2]), sys.argv[3])
"""


def test_killed_in_the_middle_it_goes_on(ask: Ask, local: Local, tmp_path: Path) -> None:
    function, counts = ask(sleep=0.15)
    command = [sys.executable, "-c", KILLED, str(ROOT), str(tmp_path), function]
    process = subprocess.Popen(command, env=os.environ)
    until = time.monotonic() + 60
    while len(counts()) < 24 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # What is in flight in AWS goes on there.
    time.sleep(0.5)
    begun = counts()
    assert 24 <= len(begun) < 60
    summary, rows = run(tmp_path, function)
    assert [one["aggregate_reward_score"] for one in rows] == list(range(60))
    twice = [name for name, count in counts().items() if count > 1]
    assert set(counts().values()) <= {1, 2}
    # Nobody was there to hear the answers of two events.
    assert len(twice) <= 2 * 6
    assert summary.known >= len(begun) - 2 * 6
    lost = 60 - summary.scored
    documented(
        "lambda", "killed (-9) in the middle", lost=lost, twice="at most the events in flight"
    )
    json.dumps(summary.as_dict())
