"""A budget and kept replies in the deployed reward: both outlive the container, and are shared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from tests.direct import deploy_directly
from tests.support import Cloud, own_cloud

SPEC = """
project: money
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
reward:
  range: [0, 1]
  on_abstain: neutral
  cache: true
  budget: {total: 0.01}
  prices: {us.amazon.nova-pro-v1:0: {input: 1, output: 40}}
  terms:
    - name: style
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0, concurrency: 1}
      criteria: [{name: kind, question: Is it kind?}]
"""


# Deployments of their own: make test-deployments.
pytestmark = pytest.mark.deployments


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    home = tmp_path_factory.mktemp("money")
    yield own_cloud(home, policy=None, enforce_iam=True)
    local_aws.down(home)


def event(*marks: str) -> str:
    return json.dumps(
        [
            {
                "id": mark,
                "messages": [
                    {"role": "user", "content": "Write a kind note to the tenant."},
                    {"role": "assistant", "content": f"A kind note to the tenant: {mark}."},
                ],
            }
            for mark in marks
        ]
    )


def test_spending_ends_and_what_was_paid_is_kept(
    fresh: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fresh.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    spec = tmp_path / "nova-rft.yaml"
    spec.write_text(SPEC)
    arn = deploy_directly(fresh, spec)["reward"]["RewardVersionArn"]
    aws = Aws()
    (table,) = aws.client("dynamodb").list_tables()["TableNames"]

    def score(*marks: str) -> list[bool]:
        """Whether each rollout was judged."""
        done = aws.client("lambda").invoke(FunctionName=arn, Payload=event(*marks))
        answers: list[dict[str, Any]] = json.loads(done["Payload"].read())
        found = [{m["name"]: m["value"] for m in one["metrics_list"]} for one in answers]
        return [metrics["abstained"] == 0 for metrics in found]

    def spent() -> float:
        items = aws.client("dynamodb").scan(TableName=table)["Items"]
        return sum(float(item["amount"]["N"]) for item in items if "amount" in item)

    first = [f"first {n}" for n in range(2)]
    assert score(*first) == [True, True]
    each = spent() / 2
    assert 0.001 < each < 0.005
    many = [f"many {n}" for n in range(12)]
    judged = score(*many)
    # One call at a time, so that the bound is overshot by one call at most.
    assert 0.01 <= spent() < 0.01 + 2 * each
    assert 0 < sum(judged) < 12
    assert judged == sorted(judged, reverse=True)
    assert score("nothing is left") == [False]
    before = spent()
    assert score(*first) == [True, True], "what was paid for is kept"
    assert spent() == before
