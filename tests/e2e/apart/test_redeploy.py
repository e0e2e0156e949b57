"""A changed reward is a new version; the old one stays for the jobs that are pinned to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from tests.direct import deploy_directly
from tests.support import Cloud, MakeProject, own_cloud, stdout_json

STAGES = """\
stages:
  dev:
    concurrency: {reserved: 9, provisioned: 2}
    alarms: {reward_floor: 0.1}
    notify: {emails: [somebody@example.com]}
"""


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded AWS of its own: these tests change what is deployed."""
    home = tmp_path_factory.mktemp("redeploy")
    yield own_cloud(home, policy=None)
    local_aws.down(home)


def deployed(cloud: Cloud, spec: Path) -> dict[str, str]:
    return deploy_directly(cloud, spec)["reward"]


def by_the_command(cloud: Cloud, spec: Path) -> dict[str, str]:
    outputs: dict[str, str] = stdout_json(cloud.run("deploy", str(spec), "--json"))["reward"]
    return outputs


@pytest.mark.deployments
def test_a_b_and_a_again(
    fresh: Cloud, make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fresh.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    functions = Aws().client("lambda")
    event = {"id": "a", "messages": [{"role": "user", "content": "1+1?"}]}
    event["messages"].append({"role": "assistant", "content": "word " * 260 + "A: 2"})  # type: ignore[attr-defined]
    payload = json.dumps([event | {"reference_answer": "2"}])

    def overlong(arn: str) -> float:
        answer = json.loads(functions.invoke(FunctionName=arn, Payload=payload)["Payload"].read())
        metrics = {metric["name"]: metric["value"] for metric in answer[0]["metrics_list"]}
        return float(metrics["overlong"])

    first = by_the_command(fresh, file := make_project())
    # From here on the stage asks for more; it lies beside each of these specs.
    file.with_name("stages.yaml").write_text(STAGES)
    second = deployed(fresh, make_project(max_length="1000"))
    assert (first["RewardVersion"], second["RewardVersion"]) == ("1", "2")
    # By the command, which keeps its version warm when the stacks are there.
    third = by_the_command(fresh, make_project())
    assert third["RewardVersion"] == "3"
    assert third["RewardDigest"] == first["RewardDigest"] != second["RewardDigest"]
    # The pinned versions still do what they did when they were published.
    arns = [outputs["RewardVersionArn"] for outputs in (first, second, third)]
    assert [overlong(arn) for arn in arns] == [-1.0, 0.0, -1.0]
    # Warm is the version that a new job is bound to, and no other: it is paid for.
    name = first["RewardFunctionName"]
    kept = functions.list_provisioned_concurrency_configs(FunctionName=name)
    assert [
        (one["FunctionArn"], one["RequestedProvisionedConcurrentExecutions"])
        for one in kept["ProvisionedConcurrencyConfigs"]
    ] == [(third["RewardVersionArn"], 2)]
    reserved = functions.get_function_concurrency(FunctionName=name)
    assert reserved["ReservedConcurrentExecutions"] == 9
    _is_watched()


def _is_watched() -> None:
    watch = Aws().client("cloudwatch")
    alarms = watch.describe_alarms(AlarmNamePrefix="gsm8k-math-dev-")["MetricAlarms"]
    assert {one["AlarmName"].removeprefix("gsm8k-math-dev-") for one in alarms} == {
        *("duration", "errors", "throttles"),
        *("judge-failing", "unscored", "reward-constant", "reward-collapsed"),
    }
    (topic,) = {action for one in alarms for action in one["AlarmActions"]}
    assert ":gsm8k-math-dev-monitoring-Notices" in topic
    (shown,) = watch.list_dashboards()["DashboardEntries"]
    assert shown["DashboardName"] == "gsm8k-math-dev"
