"""The engine `batch` against the embedded Bedrock: the rows of `here`, each question asked once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from nova_rft import local_aws
from nova_rft.aws.batches import BatchPlace
from nova_rft.aws.judges import judge_models
from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError
from nova_rft.reward import JudgeModels, RewardFunction, score_all
from nova_rft.scale import EngineFailed, HereEngine, Ledger, Limits, Scoring, Summary
from nova_rft.scale.batch import BatchEngine, Jobs, Store
from nova_rft.scale.estimate import Quotas
from nova_rft.spec import RewardSpec
from tests.contract.conftest import Local
from tests.contract.scale_table import documented
from tests.support import ROOT
from tests.unit.scale.making import raw, work

MODEL = "us.amazon.nova-pro-v1:0"
JUDGE = {"provider": "bedrock", "id": MODEL}
RUBRIC = {
    "name": "style",
    "type": "rubric",
    "model": JUDGE,
    "criteria": [{"name": "clear", "question": "Is it clear?"}],
}
SWISS = {
    "name": "better",
    "type": "preference",
    "model": JUDGE,
    "against": "siblings",
    "method": "swiss",
}
QUIZ = {
    **{"name": "told", "type": "quiz", "model": JUDGE},
    **{"questions": 3, "min_questions": 2, "options": 2},
}
JURY = {
    "name": "jury",
    "type": "jury",
    "judges": [{**RUBRIC, "name": "one"}, {**SWISS, "name": "two", "method": "round_robin"}],
}
SAID = "the tenant asked for a repair and the landlord agreed to it by friday in writing"
WORDS = SAID.split()
ITEMS = [raw(n, f"g{n // 4}", " ".join(WORDS[n % 7 : n % 13 + 3]) + f" {n}") for n in range(120)]


def reward(*terms: dict[str, Any], **more: Any) -> RewardSpec:
    return RewardSpec.model_validate({"terms": list(terms), "range": [-1, 1], **more})


@pytest.fixture
def place(local: Local, aws: Aws) -> Iterator[BatchPlace]:
    bucket = f"bucket-{uuid4().hex[:12]}"
    local.client("s3").create_bucket(Bucket=bucket)
    yield BatchPlace(local.role(), bucket, "scoring/")
    local_aws.forget_faults(local.endpoint)


def run(
    home: Path, place: BatchPlace, spec: RewardSpec, items: list[Any] = ITEMS, **quotas: float
) -> tuple[Summary, list[dict[str, Any]]]:
    aws = Aws("us-east-1")
    with (
        work(items, home) as made,
        Ledger(home / "ledger.sqlite") as ledger,
        Store(home / "batches.sqlite") as store,
    ):
        jobs = Jobs(aws, place, store, spec.prices, Quotas().with_own(quotas))
        engine = BatchEngine(spec, home, judge_models(lambda: aws), jobs)
        scoring = Scoring(made, ledger, engine, Limits(items=16))
        return scoring.run(), list(scoring.rows())


def run_here(home: Path, spec: RewardSpec, items: list[Any] = ITEMS) -> list[dict[str, Any]]:
    aws = Aws("us-east-1")
    models = JudgeModels(spec, judge_models(lambda: aws))
    function = RewardFunction(spec, models)
    engine = HereEngine(
        lambda events: score_all(lambda: function, events, workers=1), lambda: models.totals
    )
    with work(items, home) as made, Ledger(home / "here.sqlite") as ledger:
        scoring = Scoring(made, ledger, engine, Limits(items=16))
        scoring.run()
        return list(scoring.rows())


def asked(local: Local, place: BatchPlace) -> list[list[str]]:
    """The record ids of each batch."""
    s3 = local.client("s3")
    found = s3.list_objects_v2(Bucket=place.bucket, Prefix="scoring/records/").get("Contents", ())
    bodies = [s3.get_object(Bucket=place.bucket, Key=one["Key"])["Body"].read() for one in found]
    return [[json.loads(line)["recordId"] for line in body.splitlines()] for body in bodies]


@pytest.mark.parametrize(
    ("terms", "batches", "alone"),
    [([RUBRIC, JURY], 1, False), ([SWISS], 2, False), ([QUIZ], 3, True)],
    ids=["rubric and jury", "swiss", "quiz"],
)
def test_the_rows_of_here_whatever_the_judge_asks(
    local: Local,
    place: BatchPlace,
    tmp_path: Path,
    terms: list[dict[str, Any]],
    batches: int,
    alone: bool,
) -> None:
    spec = reward(*terms)
    items = ITEMS
    if alone:
        # A quiz is made for each prompt, so that there have to be many.
        source = "Tenant{0} wrote a letter. The landlord{0} read it. Friday{0} was the day."
        ask = [{"role": "user", "content": source.format(n)} for n in range(len(ITEMS))]
        said = [one["messages"][-1] for one in ITEMS]
        items = [{"id": f"i{n}", "messages": [ask[n], said[n]]} for n in range(len(ITEMS))]
    summary, rows = run(tmp_path, place, spec, items)
    assert rows == run_here(tmp_path, spec, items)
    assert (summary.failed, summary.scored) == (0, 120)
    found = asked(local, place)
    assert len(found) >= batches
    ids = [one for batch in found for one in batch]
    assert len(ids) == len(set(ids)) >= 100


def test_a_second_run_asks_nothing(local: Local, place: BatchPlace, tmp_path: Path) -> None:
    spec = reward(RUBRIC, prices={MODEL: {"input": 1, "output": 4}})
    first, rows = run(tmp_path, place, spec)
    # All but the one that was asked on demand are half as dear.
    usage = first.spent.usage
    whole = (usage.input_tokens + 4 * usage.output_tokens) / 1e6
    assert first.spent.calls == 120
    assert first.spent.cost == pytest.approx(whole / 2, rel=0.02)
    assert first.spent.cost > whole / 2
    second, again = run(tmp_path, place, spec)
    assert (again, second.spent.calls, second.known) == (rows, 0, 120)
    assert len(asked(local, place)) == 1


def test_records_that_fail_or_are_lost_are_asked_again(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    for operation, times in (("Record", 110), ("Lost", 4)):
        local_aws.ask_fault(
            local.endpoint, service="bedrock-batch", operation=operation, times=times
        )
    summary, rows = run(tmp_path, place, reward(RUBRIC))
    assert (summary.scored, summary.spent.calls) == (120, 120)
    first, second = asked(local, place)
    # What was lost of the first had failed anyway.
    assert {len(first), len(second)} == {119, 110}
    documented("batch", "records refused, or lost", lost=120 - summary.scored, twice="none")
    assert rows == run_here(tmp_path, reward(RUBRIC))


def test_a_job_cut_by_its_time_goes_on_in_the_next(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    local_aws.ask_fault(local.endpoint, service="bedrock-batch", operation="Timeout")
    items = [raw(n, f"g{n}", f"word {n}") for n in range(240)]
    summary, _ = run(tmp_path, place, reward(RUBRIC), items)
    assert summary.scored == 240
    assert sorted(map(len, asked(local, place))) == [119, 239]
    documented("batch", "a job that its time limit cuts", lost=240 - summary.scored, twice="none")


def test_too_little_for_a_batch_is_asked_on_demand(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    summary, _ = run(tmp_path, place, reward(RUBRIC), ITEMS[:20])
    assert (summary.scored, summary.spent.calls, asked(local, place)) == (20, 20, [])


def test_batches_are_even_and_within_their_bounds(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    items = [raw(n, f"g{n}", f"word {n}") for n in range(331)]
    run(tmp_path, place, reward(RUBRIC), items, batch_records=120, batch_jobs=1)
    assert sorted(map(len, asked(local, place))) == [110, 110, 110]


def test_a_job_that_fails_is_said_and_its_questions_wait(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    local_aws.ask_fault(
        local.endpoint, service="bedrock-batch", operation="Job", message="no capacity"
    )
    with pytest.raises(EngineFailed, match="no capacity"):
        run(tmp_path, place, reward(RUBRIC))
    assert run(tmp_path, place, reward(RUBRIC))[0].scored == 120
    documented("batch", "a job that fails", lost=0, twice="none")


def test_a_bedrock_that_refuses_for_a_while(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    for operation in ("CreateModelInvocationJob", "GetModelInvocationJob"):
        local_aws.ask_fault(local.endpoint, service="bedrock", operation=operation, times=2)
    local_aws.ask_fault(local.endpoint, service="s3", operation="*", code="SlowDown")
    lost = 120 - run(tmp_path, place, reward(RUBRIC))[0].scored
    assert len(asked(local, place)) == 1
    documented("batch", "Bedrock and S3 refuse for a while", lost=lost, twice="none")


def test_a_budget_that_the_batches_may_pass_stops_them_before_they_are_sent(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    spec = reward(
        RUBRIC, prices={MODEL: {"input": 1, "output": 4}}, budget={"total": 0.01, "currency": "EUR"}
    )
    with pytest.raises(EngineFailed, match=r"may cost EUR .* nothing of them was sent"):
        run(tmp_path, place, spec)
    assert asked(local, place) == []


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"provider": "scripted"}, "provider is scripted"),
        ({"provider": "openai", "base_url": "http://x/v1", "id": "a"}, "provider is openai"),
        (
            {"provider": "bedrock", "id": "arn:aws:bedrock:us-east-1:1:custom-model-deployment/a"},
            "no foundation model",
        ),
        ({"provider": "bedrock", "id": "amazon.nova-2-lite-v1:0"}, "write us.amazon.nova-2-lite"),
    ],
)
def test_what_cannot_be_batched_is_refused_before_anything_is_sent(
    local: Local, place: BatchPlace, tmp_path: Path, model: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        run(tmp_path, place, reward({**RUBRIC, "model": model}))
    assert asked(local, place) == []


def test_a_judge_that_refuses_is_found_by_one_question(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    local_aws.ask_fault(
        local.endpoint,
        service="bedrock-runtime",
        operation="Converse",
        code="AccessDeniedException",
        message="no access",
    )
    with pytest.raises(EngineFailed, match=r"nothing was batched.*no access"):
        run(tmp_path, place, reward(RUBRIC))
    assert asked(local, place) == []


KILLED = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from nova_rft.aws.batches import BatchPlace
from tests.contract.test_score_batch import RUBRIC, reward, run
run(Path(sys.argv[2]), BatchPlace(*sys.argv[3:6]), reward(RUBRIC))
"""


def test_killed_while_it_is_sent_no_question_is_asked_twice(
    local: Local, place: BatchPlace, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KILLED, str(ROOT), str(tmp_path)]
    process = subprocess.Popen([*command, place.role, place.bucket, place.prefix], env=os.environ)
    until = time.monotonic() + 60
    while not asked(local, place) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    summary, rows = run(tmp_path, place, reward(RUBRIC))
    assert summary.scored == len(rows) == 120
    ids = Counter(one for batch in asked(local, place) for one in batch)
    assert set(ids.values()) == {1}
    named = local.client("bedrock").list_model_invocation_jobs()["invocationJobSummaries"]
    mine = [one for one in named if place.bucket in json.dumps(one, default=str)]
    assert len(mine) == 1
    lost = 120 - summary.scored
    documented("batch", "killed (-9) while it is sent, or waits", lost=lost, twice="none")
