"""The function that scores one chunk, against the embedded S3 and Lambda."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.scale.part import pack_chunk, read_part
from tests.contract.conftest import Local
from tests.support import ROOT
from tests.unit.scale.making import raw

SCORES = """
import json, time
def handler(event, context):
    said = [item["messages"][-1]["content"] for item in event]
    assert "poison" not in said, "poison"
    if len(event) > MOST:
        time.sleep(5)
    print(json.dumps({"message": "event scored", "judge_calls": len(event), "judge_kept": 0,
        "judge_input_tokens": 10, "judge_output_tokens": 5, "judge_cost": 0.25, "judge_unpriced": 0}))
    return [{"id": item["id"], "aggregate_reward_score": float(len(text)), "metrics_list": []}
            for item, text in zip(event, said)]
"""
Chunk = Callable[..., tuple[Any, dict[str, str]]]


@pytest.fixture
def chunk(local: Local, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chunk]:
    """Puts a chunk there; the handler, as Lambda imports it, and its event."""
    bucket = f"bucket-{uuid4().hex[:12]}"
    s3 = local.client("s3")
    s3.create_bucket(Bucket=bucket)
    monkeypatch.setenv("NOVA_RFT_BUCKET", bucket)

    def make(groups: list[list[str]], most: int = 100) -> tuple[Any, dict[str, str]]:
        items = [raw(n, said=said) for n, said in enumerate(s for group in groups for s in group)]
        raws = [json.dumps(one).encode() for one in items]
        keys = [f"key{n}" for n in range(len(items))]
        body = pack_chunk(keys, raws, [len(group) for group in groups])
        s3.put_object(Bucket=bucket, Key="scoring/chunks/a", Body=body)
        function = local.function(SCORES.replace("MOST", str(most)), Timeout=1)
        spec = importlib.util.spec_from_file_location(
            "score_handler", ROOT / "lambdas" / "score" / "handler.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        arn = local.client("lambda").get_function(FunctionName=function)["Configuration"]
        event = {"chunk": "scoring/chunks/a", "part": "scores/x/a", "function": arn["FunctionArn"]}
        return module, event

    yield make
    local_aws.forget_faults(local.endpoint)


def part(local: Local, module: Any) -> Any:
    body = local.client("s3").get_object(Bucket=module._BUCKET, Key="scores/x/a")["Body"].read()
    return read_part(body)


def test_rows_are_written_once(local: Local, chunk: Chunk) -> None:
    module, event = chunk([["a", "bb"], ["ccc"]])
    assert module.handler(event, None) == {"items": 3, "failure": ""}
    found = part(local, module)
    assert [(key, row["aggregate_reward_score"]) for key, row in found.pairs] == [
        ("key0", 1.0),
        ("key1", 2.0),
        ("key2", 3.0),
    ]
    assert (found.spent["calls"], found.spent["cost"]) == (3, 0.25)
    # A state machine that asks again is told so, and nothing is scored: no function is there to do it.
    assert module.handler({**event, "function": "gone"}, None)["items"] == 0


def test_what_is_too_much_at_once_is_halved_between_groups(local: Local, chunk: Chunk) -> None:
    module, event = chunk([["a", "b"], ["c", "d"], ["e", "f"]], most=2)
    assert module.handler(event, None)["items"] == 6
    assert part(local, module).spent["calls"] == 6


def test_a_reward_that_fails_is_said_in_the_part(local: Local, chunk: Chunk) -> None:
    module, event = chunk([["a"], ["poison"]])
    assert "poison" in module.handler(event, None)["failure"]
    found = part(local, module)
    assert (found.pairs, found.spent) == ([], None)


def test_a_busy_lambda_is_the_state_machines_matter(local: Local, chunk: Chunk) -> None:
    module, event = chunk([["a"]])
    local_aws.ask_fault(
        local.endpoint, service="lambda", operation="Invoke", code="TooManyRequestsException"
    )
    with pytest.raises(module.RewardBusy):
        module.handler(event, None)
    assert module.handler(event, None)["items"] == 1
