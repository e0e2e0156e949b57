"""Cold start of the reward Lambda: import and first answer, beside a bare handler.

Each run is a fresh interpreter that imports one handler, with this checkout's package, and answers one
rollout, with a judge on a local HTTP endpoint that answers at once. The bare
handler makes a bedrock-runtime client by boto3 and answers a constant. Starting the interpreter is
measured apart and taken off both.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench._endpoint import judge_endpoint
from bench._figure import Figure, ratio_at_most
from bench._measure import in_turn, median
from nova_rft import spec as specs
from nova_rft.sandbox import Limits

ROOT = Path(__file__).parents[1]
RUNS = 9

_BARE = """
import boto3
client = boto3.client("bedrock-runtime")
def handler(event, context):
    return [{"id": i["id"], "aggregate_reward_score": 0.0, "metrics_list": []} for i in event]
"""
_RUN = """
import json, sys
sys.path.insert(0, sys.argv[1])
class Context:
    aws_request_id = "bench"
    def get_remaining_time_in_millis(self):
        return 60_000
if sys.argv[2] != "nothing":
    module = __import__("handler")
    answer = module.handler(json.loads(sys.argv[3]), Context())
    assert sys.argv[4] in json.dumps(answer), answer
"""
_EVENT = [
    {
        "id": "a",
        "messages": [
            {"role": "user", "content": "What is one half of 3? Explain each step."},
            {"role": "assistant", "content": "Half of 3 is 3/2.\nA: 3/2"},
        ],
        "metadata": {"reference_answer": "#### 1.5"},
    }
]
# A program that is run, as the function for programs is asked to.
_PROGRAM = {
    "source": "print(6 * 7)",
    "cases": [{"kind": "script", "text": ""}],
    "limits": asdict(Limits()),
    "seconds": 30,
}
_VERIFIERS: tuple[dict[str, Any], ...] = (
    {"type": "match"},
    {"type": "number", "unit": "m"},
    {"type": "json_schema", "json_schema": {}},
    {"type": "rouge_l"},
    {"type": "language", "expected": "en"},
)


# Each with what it is called, and how many times the bare handler it may take.
_KINDS: dict[str, tuple[str, float]] = {
    "judge": ("judge and penalties", 2.0),
    "math": ("with the maths verifier", 4.0),
    "verifiers": ("every other verifier", 6.0),
    "code": ("function for programs, one run", 2.0),
}


def measure() -> list[Figure]:
    """The table's rows."""
    return _measured(tuple(_KINDS), RUNS)


def smoke() -> Figure:
    """The judge alone, a few times."""
    return _measured(("judge",), 3)[0]


def _measured(kinds: tuple[str, ...], runs: int) -> list[Figure]:
    example = specs.load(ROOT / "examples" / "gsm8k-math" / "nova-rft.yaml").required_reward
    judged = example.model_copy(update={"terms": example.terms[1:]})
    with tempfile.TemporaryDirectory() as scratch, judge_endpoint() as endpoint:
        folder = Path(scratch)
        commands = {
            "nothing": _command(folder, "nothing", ""),
            "bare": _command(folder, "bare", _BARE),
            "judge": _command(folder, "judge", _handler(), judged),
            "math": _command(folder, "math", _handler(), example),
            "verifiers": _command(folder, "verifiers", _handler(), _verifiers()),
            "code": _command(folder, "code", _handler("code")),
        }
        commands = {name: commands[name] for name in ("nothing", "bare", *kinds)}
        costs = in_turn(commands, runs, _environment(endpoint))
    start = median(costs["nothing"]).wall
    bare = median(costs["bare"]).wall - start
    return [
        Figure(
            name,
            f"cold start and first answer, {_KINDS[name][0]}",
            median(costs[name]).wall - start,
            "s",
            peer="bare boto3 handler",
            theirs=bare,
            bound=ratio_at_most(_KINDS[name][1]),
        )
        for name in kinds
    ]


def _handler(function: str = "reward") -> str:
    return (ROOT / "lambdas" / function / "handler.py").read_text()


def _verifiers() -> specs.RewardSpec:
    terms = [{"name": f"t{place}", **term} for place, term in enumerate(_VERIFIERS)]
    return specs.RewardSpec.model_validate({"range": [0, 9], "terms": terms})


def _command(
    folder: Path, name: str, handler: str, reward: specs.RewardSpec | None = None
) -> list[str]:
    place = folder / name
    place.mkdir()
    (place / "handler.py").write_text(handler)
    (place / "run.py").write_text(_RUN)
    if reward is not None:
        (place / "reward.json").write_text(specs.canonical_json(reward))
    event, wanted = (_PROGRAM, '"42') if name == "code" else (_EVENT, '"id": "a"')
    run = [str(place / "run.py"), str(place), name, json.dumps(event), wanted]
    return [sys.executable, *run]


def _environment(endpoint: str) -> dict[str, str]:
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "NOVA_RFT_PROJECT": "bench",
        "NOVA_RFT_STAGE": "dev",
        "NOVA_RFT_TRACE_BUCKET": "bench",
        "NOVA_RFT_ISOLATION": "namespaces",
    }
