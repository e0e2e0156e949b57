"""The reward Lambda and its judge over real HTTP, while the judge fails in every way it can.

Whatever happens: every id is answered, in order, with a finite number, before the deadline; what was not
judged is counted, and nothing is made up in silence.
"""

from __future__ import annotations

import importlib.util
import io
import json
import math
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nova_rft.spec import RewardSpec, canonical_json
from tests.unit.lambdas.faulty import FAULTS, faulty

HANDLER = Path(__file__).parents[3] / "lambdas" / "reward" / "handler.py"
REMAINING_S, RESERVE_S = 4.0, 1.0
ROLLOUTS, GROUPS = 48, 12
REWARD = RewardSpec.model_validate(
    {
        "range": [0, 2],
        "reserve_s": RESERVE_S,
        "terms": [
            {"name": "right", "type": "match"},
            {
                "name": "judge",
                "type": "rubric",
                "model": {
                    "provider": "bedrock",
                    "id": "us.amazon.nova-lite-v1:0",
                    "timeout_s": 1,
                    "attempts": 3,
                },
                "criteria": [{"name": "good", "question": "Is it good?"}],
            },
        ],
    }
)


class Context:
    aws_request_id = "request"

    def __init__(self) -> None:
        self._until = time.monotonic() + REMAINING_S

    def get_remaining_time_in_millis(self) -> int:
        return int((self._until - time.monotonic()) * 1000)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """The handler as a cold start loads it, beside its reward."""

    def loaded(endpoint: str) -> ModuleType:
        for name, value in {
            "NOVA_RFT_PROJECT": "p",
            "NOVA_RFT_STAGE": "dev",
            "NOVA_RFT_TRACE_BUCKET": "traces",
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": endpoint,
            "POWERTOOLS_METRICS_DISABLED": "false",
        }.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "reward.json").write_text(canonical_json(REWARD))
        (tmp_path / "handler.py").write_text(HANDLER.read_text())
        spec = importlib.util.spec_from_file_location("reward_handler", tmp_path / "handler.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


def event() -> list[dict[str, Any]]:
    """Groups of four, every second rollout right; one id twice."""
    items = [
        {
            "id": f"r{number}" if number else "r1",
            "messages": [
                {"role": "user", "content": f"Question {number % GROUPS}?"},
                {"role": "assistant", "content": f"A: {4 + number % 2} {number}"},
            ],
            "metadata": {"reference_answer": f"4 {number}"},
        }
        for number in range(ROLLOUTS)
    ]
    return items


def metrics_of(printed: str) -> dict[str, float]:
    """Sums of the EMF metrics that were printed."""
    sums: dict[str, float] = {}
    for line in printed.splitlines():
        blob = json.loads(line)
        for directive in blob.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in directive["Metrics"]:
                values = blob[metric["Name"]]
                sums[metric["Name"]] = sum(values) if isinstance(values, list) else values
    return sums


@pytest.mark.parametrize("percent", [5, 50, 100])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_judge_costs_no_answer(
    fault: str, percent: int, load: Callable[[str], ModuleType]
) -> None:
    printed = io.StringIO()
    with faulty(fault, percent) as server, redirect_stdout(printed):
        handler = load(server.url)
        started = time.monotonic()
        answer = handler.handler(event(), Context())
        seconds = time.monotonic() - started
    assert seconds < REMAINING_S
    assert [item["id"] for item in answer] == [item["id"] for item in event()]
    abstained = 0
    scored: dict[int, list[float]] = {}
    for number, item in enumerate(answer):
        values = {metric["name"]: metric["value"] for metric in item["metrics_list"]}
        assert all(math.isfinite(value) for value in values.values())
        assert 0 <= item["aggregate_reward_score"] <= 2
        # What needs no judge is there in any case.
        assert values["right"] == float(number % 2 == 0)
        if values["abstained"]:
            abstained += 1
            assert values["judge.abstained"] == 1.0
            assert "judge" not in values
        else:
            assert values["judge"] == 1.0
            assert values["reward"] == values["right"] + 1.0
            scored.setdefault(number % GROUPS, []).append(values["reward"])
    for number, item in enumerate(answer):
        values = {metric["name"]: metric["value"] for metric in item["metrics_list"]}
        if values["abstained"]:
            # The siblings' mean, or the middle of the range where none was judged: never a guess.
            known = scored.get(number % GROUPS)
            wanted = math.fsum(known) / len(known) if known else 1.0
            assert item["aggregate_reward_score"] == pytest.approx(wanted)
    emitted = metrics_of(printed.getvalue())
    assert emitted["Rollouts"] == ROLLOUTS
    assert emitted["Abstentions"] == abstained
    assert server.failed > 0
    if percent == 100:
        assert abstained == ROLLOUTS
    elif fault in ("throttling", "server errors", "resets"):
        # What passes is asked again: a twentieth of failures costs next to nothing.
        assert abstained <= (0 if percent == 5 else ROLLOUTS // 2)
    else:
        assert abstained < ROLLOUTS


def test_a_failing_s3_fails_no_reward(
    load: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with faulty("resets", 0) as server:
        handler = load(server.url)
        monkeypatch.setattr(handler, "_TRACE_BUCKET", "no such bucket!")
        answer = handler.handler(event()[:4], Context())
    assert len(answer) == 4
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "traces not kept"
    ]


def test_an_event_that_is_none_is_refused_in_a_sentence(load: Callable[[str], ModuleType]) -> None:
    with faulty("resets", 0) as server:
        handler = load(server.url)
        with pytest.raises(
            Exception, match="the reward event is no list of items with id and mess"
        ):
            handler.handler({"hello": 1}, Context())
