"""What the reward Lambda really emits: its handler run on events that have every cause of abstention."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from nova_rft.local_aws._metrics import metrics_in
from nova_rft.outcome import Cause
from nova_rft.spec import Spec, canonical_json, parse
from tests.unit.lambdas.faulty import faulty

HANDLER = Path(__file__).parents[2] / "lambdas" / "reward" / "handler.py"
JUDGE = "us.amazon.nova-lite-v1:0"
SPEC = f"""
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {{train: a.jsonl}}
reward:
  range: [0, 3]
  prices: {{"{JUDGE}": {{input: 1, output: 2}}}}
  terms:
    - {{name: right, type: match}}
    - {{name: own, type: python, function: "own:own"}}
    - name: judge
      type: rubric
      model: {{provider: bedrock, id: "{JUDGE}", attempts: 8}}
      criteria: [{{name: a, question: Is it right?}}]
"""
UNPRICED = re.sub(r"  prices: .+\n", "", SPEC)
_OWN = """
from nova_rft.outcome import Abstention, Cause

def own(rollout):
    cause = rollout.metadata.get("cause")
    return Abstention(Cause(cause), "as asked") if cause else len(rollout.response) / 100
"""
# A metric with its dimensions.
Metric = tuple[str, frozenset[tuple[str, str]]]


class _Context:
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def emitted(folder: Path, spec: str = SPEC) -> dict[Metric, float]:
    """Sums of all that the handler emits for a spec, by name and dimensions."""
    printed = io.StringIO()
    with faulty("throttling", 5) as server, redirect_stdout(printed):
        handler = _cold_start(folder, parse(spec), server.url)
        for event in (_siblings(), _every_cause()):
            answer = handler.handler(event, _Context())
            assert [one["id"] for one in answer] == [one["id"] for one in event]
    found: dict[Metric, float] = {}
    for metric, value in _metrics(printed.getvalue()):
        found[metric] = found.get(metric, 0) + value
    return found


def _cold_start(folder: Path, spec: Spec, endpoint: str) -> ModuleType:
    (folder / "project").mkdir()
    (folder / "project" / "own.py").write_text(_OWN)
    (folder / "reward.json").write_text(canonical_json(spec.required_reward))
    (folder / "handler.py").write_text(HANDLER.read_text())
    variables = {
        "NOVA_RFT_PROJECT": spec.project,
        "NOVA_RFT_STAGE": spec.stage,
        "NOVA_RFT_TRACE_BUCKET": "traces",
        "AWS_LAMBDA_FUNCTION_VERSION": "7",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
        "POWERTOOLS_METRICS_DISABLED": "false",
    }
    with mock.patch.dict(os.environ, variables):
        found = importlib.util.spec_from_file_location("reward_handler", folder / "handler.py")
        assert found is not None and found.loader is not None
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
    return module


def _siblings() -> list[dict[str, Any]]:
    """More rollouts than one line of EMF holds values: thirty groups of four."""
    return [_item(f"r{number}", f"Question {number % 30}?") for number in range(120)]


def _every_cause() -> list[dict[str, Any]]:
    caused = [_item(cause.value, "Why?", cause=cause.value) for cause in Cause]
    return [*caused, {"id": "no messages"}]


def _item(name: str, question: str, **metadata: str) -> dict[str, Any]:
    turns = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": f"A: 4 {name}"},
    ]
    return {"id": name, "messages": turns, "metadata": {"reference_answer": "4", **metadata}}


def _metrics(printed: str) -> Iterator[tuple[Metric, float]]:
    """The metrics as CloudWatch would make them; a line that holds none must be none by intent."""
    for line in printed.splitlines():
        found = metrics_in(line)
        assert bool(found) == ("_aws" in json.loads(line))
        for namespace, one in found:
            assert namespace == "nova_rft"
            dimensions = frozenset((d["Name"], d["Value"]) for d in one["Dimensions"])
            yield (one["MetricName"], dimensions), one["StatisticValues"]["Sum"]
