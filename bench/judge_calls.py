"""Judging over a real HTTP endpoint that takes 0.2 s for an answer, beside bare boto3 Converse calls.

512 rollouts, 64 calls in flight, the endpoint in a process of its own. Rounds of ours and of the bare
calls take turns, after one of each that warms connections. Processor time is this process's.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest import mock

from bench._figure import Figure, ratio_at_most
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


def measure() -> list[Figure]:
    """The table's rows."""
    with _endpoint(_DELAY_S):
        return [*_pool(_ROLLOUTS, _ROUNDS), _loop(), *_groups()]


def smoke() -> Figure:
    """An eighth of the rollouts, one round: what a judgement takes beside a bare call."""
    with _endpoint(0.02):
        return _pool(_ROLLOUTS // 8, 3)[1]


@contextmanager
def _endpoint(delay_s: float) -> Iterator[None]:
    environment = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with ExitStack() as stack:
        endpoint = stack.enter_context(slow_endpoint(delay_s))
        stack.enter_context(mock.patch.dict(os.environ, environment, AWS_ENDPOINT_URL=endpoint))
        yield


def _pool(rollouts: int, rounds_wanted: int) -> list[Figure]:
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
        "ours": lambda number: _judged(judge, number, rollouts),
        "bare": lambda number: _called(client, term, number, rollouts),
    }
    for run in rounds.values():
        run(0)
    wall: dict[str, list[float]] = {name: [] for name in rounds}
    cpu: dict[str, list[float]] = {name: [] for name in rounds}
    for number in range(1, rounds_wanted + 1):
        for name, run in rounds.items():
            began, worked = time.perf_counter(), time.process_time()
            run(number)
            wall[name].append(time.perf_counter() - began)
            cpu[name].append((time.process_time() - worked) / rollouts)
    ours, bare = statistics.median(wall["ours"]), statistics.median(wall["bare"])
    mine, theirs = statistics.median(cpu["ours"]), statistics.median(cpu["bare"])
    return [
        Figure(
            "rubric",
            f"{rollouts} rollouts by a rubric judge",
            ours,
            "s",
            peer="bare Converse calls",
            theirs=bare,
            bound=ratio_at_most(1.2),
            note=f"{ours / _IDEAL_S:.2f} times what {_IN_FLIGHT} at once must take",
        ),
        Figure(
            "judgement",
            "processor for a judgement",
            1000 * mine,
            "ms",
            peer="bare Converse call",
            theirs=1000 * theirs,
            bound=ratio_at_most(1.5),
        ),
    ]


def _loop() -> Figure:
    """One call after the other, as AWS's PandaLM sample judges."""
    client = _bare_client()
    began = time.perf_counter()
    for number in range(_ALONE):
        client.converse(**_asked(_term(), number, number))
    seconds = (time.perf_counter() - began) * _ROLLOUTS / _ALONE
    what = f"{_ROLLOUTS} rollouts, one call after the other"
    note = f"{_ALONE} calls, times {_ROLLOUTS // _ALONE}; so AWS's PandaLM sample judges"
    return Figure("sequential", what, seconds, "s", note=note)


def _groups() -> list[Figure]:
    """A group of 8, compared in each way that there is."""
    figures = []
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
        said = calls_needed(term, _GROUP, 0)
        if not all(isinstance(one, Score) for one in outcomes):
            raise RuntimeError(f"{method}: {outcomes}")
        what = f"a group of {_GROUP} compared, {method}"
        wrong = "" if calls == said else f"{calls} calls instead of {said}"
        figures.append(Figure(method, what, seconds, "s", note=f"{calls} calls", wrong=wrong))
    return figures


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


def _judged(judge: RubricJudge, number: int, rollouts: int) -> None:
    outcomes = judge.score([_rollout(f"{number} {row}") for row in range(rollouts)])
    if not all(isinstance(one, Score) and one.value == 1.0 for one in outcomes):
        raise RuntimeError(f"not judged: {outcomes[0]}")


def _called(client: Any, term: RubricTerm, number: int, rollouts: int) -> None:
    requests = [_asked(term, number, row) for row in range(rollouts)]
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
