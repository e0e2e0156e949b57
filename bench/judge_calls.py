"""Judging over a real HTTP endpoint that takes 0.2 s for an answer, beside bare boto3 Converse calls.

512 rollouts, 64 calls in flight, the endpoint in a process of its own. Rounds of ours and of the bare
calls take turns, after one of each that warms connections. Processor time is this process's.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Final
from unittest import mock

from bench._measure import Row
from bench._slow_endpoint import slow_endpoint
from nova_rft.aws.converse import BedrockModel, _form
from nova_rft.aws.session import Aws
from nova_rft.data import Message, Rollout
from nova_rft.judge import PreferenceJudge, RubricJudge
from nova_rft.judge.models import Accounts, Tally, equip
from nova_rft.judge.preference import calls_needed
from nova_rft.judge.rubric import rubric_request
from nova_rft.outcome import Score
from nova_rft.spec import BedrockJudge, PreferenceTerm, RubricTerm

_DELAY_S: Final = 0.2
_ROLLOUTS: Final = 512
_IN_FLIGHT: Final = 64
_ROUNDS: Final = 5
_ALONE: Final = 16
_GROUP: Final = 8
_IDEAL_S: Final = _ROLLOUTS / _IN_FLIGHT * _DELAY_S
_MODEL: Final = {
    "provider": "bedrock",
    "id": "us.amazon.nova-pro-v1:0",
    "concurrency": _IN_FLIGHT,
}
_PROMPT: Final = "Summarise the call between a tenant and a landlord. " * 8
_RESPONSE: Final = "The tenant asked for a repair, and the landlord agreed to it by Friday. " * 8


def measure() -> list[Row]:
    """The table's rows."""
    environment = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with ExitStack() as stack:
        endpoint = stack.enter_context(slow_endpoint(_DELAY_S))
        stack.enter_context(mock.patch.dict(os.environ, environment, AWS_ENDPOINT_URL=endpoint))
        return [*_pool(), _loop(), *_groups()]


def _pool() -> list[Row]:
    term = RubricTerm.model_validate(
        {
            "name": "r",
            "type": "rubric",
            "model": _MODEL,
            "criteria": [
                {"name": name, "question": f"Is it {name}?"} for name in ("right", "kind", "brief")
            ],
        }
    )
    model = _equipped()
    judge = RubricJudge(term, model)
    client = _bare_client()
    rounds: dict[str, Callable[[int], None]] = {
        "ours": lambda number: _judged(judge, number),
        "bare": lambda number: _called(client, term, number),
    }
    for run in rounds.values():
        run(0)
    wall: dict[str, list[float]] = {name: [] for name in rounds}
    cpu: dict[str, list[float]] = {name: [] for name in rounds}
    for number in range(1, _ROUNDS + 1):
        for name, run in rounds.items():
            began, worked = time.perf_counter(), time.process_time()
            run(number)
            wall[name].append(time.perf_counter() - began)
            cpu[name].append((time.process_time() - worked) / _ROLLOUTS)
    ours, bare = statistics.median(wall["ours"]), statistics.median(wall["bare"])
    mine, theirs = statistics.median(cpu["ours"]), statistics.median(cpu["bare"])
    return [
        Row(f"{_ROLLOUTS} rollouts, bare Converse calls", f"{bare:.2f} s", "", True),
        Row(
            f"{_ROLLOUTS} rollouts, rubric judge",
            f"{ours:.2f} s, {ours / _IDEAL_S:.2f} times {_IDEAL_S:.1f} s",
            "at most 1.2 times",
            ours <= 1.2 * _IDEAL_S,
        ),
        Row("CPU for a bare call", f"{1000 * theirs:.2f} ms", "", True),
        Row(
            "CPU for a judgement",
            f"{1000 * mine:.2f} ms, {mine / theirs:.2f} times bare",
            "at most 1.5 times",
            mine <= 1.5 * theirs,
        ),
    ]


def _loop() -> Row:
    """One call after the other, as AWS's PandaLM sample judges."""
    client = _bare_client()
    began = time.perf_counter()
    for number in range(_ALONE):
        client.converse(**_asked(_term(), number, number))
    seconds = (time.perf_counter() - began) * _ROLLOUTS / _ALONE
    figure = f"{seconds:.0f} s ({_ALONE} calls, times {_ROLLOUTS // _ALONE})"
    return Row(f"{_ROLLOUTS} rollouts, one after the other", figure, "", True)


def _groups() -> list[Row]:
    """A group of 8, compared in each way that there is."""
    rows = []
    for method in ("round_robin", "swiss", "listwise"):
        term = PreferenceTerm.model_validate(
            {
                "name": "p",
                "type": "preference",
                "model": _MODEL,
                "against": "siblings",
                "method": method,
            }
        )
        tally = Tally({})
        judge = PreferenceJudge(term, _equipped(tally))
        group = [_rollout(f"{method} {number}") for number in range(_GROUP)]
        began = time.perf_counter()
        outcomes = judge.score(group)
        seconds = time.perf_counter() - began
        calls = tally.totals.calls
        kept = calls == calls_needed(term, _GROUP, 0)
        if not all(isinstance(one, Score) for one in outcomes):
            raise RuntimeError(f"{method}: {outcomes}")
        rows.append(
            Row(f"group of {_GROUP}, {method}", f"{calls} calls, {seconds:.2f} s", "as said", kept)
        )
    return rows


def _term() -> RubricTerm:
    criteria = [{"name": "right", "question": "Is it right?"}]
    return RubricTerm.model_validate(
        {"name": "r", "type": "rubric", "model": _MODEL, "criteria": criteria}
    )


def _equipped(tally: Tally | None = None) -> Any:
    spec = BedrockJudge.model_validate(_MODEL)
    return equip(BedrockModel(spec, Aws()), spec, Accounts(tally or Tally({})))


def _bare_client() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(max_pool_connections=_IN_FLIGHT)
    return boto3.client("bedrock-runtime", region_name="us-east-1", config=config)


def _judged(judge: RubricJudge, number: int) -> None:
    outcomes = judge.score([_rollout(f"{number} {row}") for row in range(_ROLLOUTS)])
    if not all(isinstance(one, Score) and one.value == 1.0 for one in outcomes):
        raise RuntimeError(f"not judged: {outcomes[0]}")


def _called(client: Any, term: RubricTerm, number: int) -> None:
    requests = [_asked(term, number, row) for row in range(_ROLLOUTS)]
    with ThreadPoolExecutor(_IN_FLIGHT) as pool:
        answers = list(pool.map(lambda request: client.converse(**request), requests))
    if any(answer["stopReason"] != "tool_use" for answer in answers):
        raise RuntimeError("not answered")


def _asked(term: RubricTerm, number: int, row: int) -> dict[str, Any]:
    """The same question as a bare request."""
    request = rubric_request(term.criteria, _rollout(f"bare {number} {row}"))
    return {
        "modelId": _MODEL["id"],
        "inferenceConfig": {"maxTokens": 1024, "temperature": 0.0},
        "system": [{"text": request.system}],
        "messages": [{"role": "user", "content": [{"text": request.user}]}],
        **_form(request),
    }


def _rollout(mark: str) -> Rollout:
    return Rollout(mark, "g", (Message("user", _PROMPT),), f"{_RESPONSE}{mark}")
