"""Lambda on the embedded AWS: functions run, apart from this machine, and leave logs and metrics."""

from __future__ import annotations

import base64
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import MACHINE, Local

OTHER = [{"arm64": "x86_64"}.get(MACHINE, "arm64")]


def messages(local: Local, group: str) -> list[str]:
    """All lines of a log group."""
    found = local.client("logs").filter_log_events(logGroupName=group)
    return [event["message"] for event in found["events"]]


def test_an_answer_and_its_log(local: Local) -> None:
    name = local.function(
        "def handler(event, context):\n    print('seen', event)\n    return event"
    )
    answer = local.invoke(name, {"a": ["ä", 1]}, LogType="Tail")
    assert json.loads(answer["Payload"]) == {"a": ["ä", 1]}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    tail = base64.b64decode(answer["LogResult"]).decode()
    lines = messages(local, f"/aws/lambda/{name}")
    for text in ("START RequestId", "seen", "END RequestId", "REPORT RequestId"):
        assert text in tail
        assert any(text in line for line in lines)


def test_what_a_function_is_told_and_nothing_else_of_this_machine(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
import os
def handler(event, context):
    return {"env": dict(os.environ), "left": context.get_remaining_time_in_millis(),
            "arn": context.invoked_function_arn}
"""
    name = local.function(code, MemorySize=256, Environment={"Variables": {"OWN": "1"}})
    told = json.loads(local.invoke(name)["Payload"])
    environment = told["env"]
    assert 0 < told["left"] <= 5000
    assert told["arn"].endswith(f":function:{name}")
    for key, value in {
        "OWN": "1",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": local.endpoint,
    }.items():
        assert environment[key] == value
    assert not {"HOME", "PYTHONPATH", "VIRTUAL_ENV", "USER"} & environment.keys()


@pytest.mark.parametrize(
    ("code", "says"),
    [("import nowhere", "No module named 'nowhere'"), ("x = 1 / 0", "division by zero")],
)
def test_a_module_that_cannot_be_imported(local: Local, code: str, says: str) -> None:
    name = local.function(code)
    for _ in range(2):
        answer = local.invoke(name)
        assert answer["FunctionError"] == "Unhandled"
        assert says in json.loads(answer["Payload"])["errorMessage"]


def test_past_its_timeout_a_function_and_what_it_started_are_killed(
    local: Local, tmp_path: Path
) -> None:
    code = """
import subprocess, time
def handler(event, context):
    if event is None:
        return "again"
    child = subprocess.Popen(["sleep", "600"])
    open(event, "w").write(str(child.pid))
    print("before", flush=True)
    time.sleep(60)
"""
    name = local.function(code, Timeout=1)
    local.invoke(name)
    started = time.monotonic()
    answer = local.invoke(name, str(tmp_path / "pid"), LogType="Tail")
    assert time.monotonic() - started < 4
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in json.loads(answer["Payload"])["errorMessage"]
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "before" in tail
    assert "Task timed out after 1.00 seconds" in tail
    assert gone(int((tmp_path / "pid").read_text()))
    assert json.loads(local.invoke(name)["Payload"]) == "again"


def gone(pid: int) -> bool:
    """Whether a process ends within a few seconds (a zombie counts as ended)."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_a_function_that_exits(local: Local) -> None:
    name = local.function("import os\ndef handler(event, context):\n    os._exit(3)")
    for _ in range(2):
        error = json.loads(local.invoke(name)["Payload"])
        assert error["errorType"] == "Runtime.ExitError"
        assert "exit status 3" in error["errorMessage"]


def test_a_process_is_used_again_until_the_function_changes(local: Local) -> None:
    code = "import os\ndef handler(event, context):\n    return [os.getpid(), os.environ.get('A')]"
    name = local.function(code)
    first, second = (json.loads(local.invoke(name)["Payload"]) for _ in range(2))
    assert first == second
    local.client("lambda").update_function_configuration(
        FunctionName=name, Environment={"Variables": {"A": "1"}}
    )
    pid, value = json.loads(local.invoke(name)["Payload"])
    assert (pid != first[0], value) == (True, "1")
    assert gone(first[0])


def test_what_worked_while_the_function_changed_is_not_used_again(
    local: Local, tmp_path: Path
) -> None:
    code = """
import os, time
def handler(event, context):
    open(event["begun"], "w").close()
    until = time.monotonic() + 15
    while not os.path.exists(event["go"]):
        assert time.monotonic() < until, "nobody let it go on"
        time.sleep(0.01)
    return os.environ.get("A")
"""
    name = local.function(code)
    begun, go = tmp_path / "begun", tmp_path / "go"
    event = {"begun": str(begun), "go": str(go)}
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(local.invoke, name, event)
        while not begun.exists():
            assert not working.done()
        local.client("lambda").update_function_configuration(
            FunctionName=name, Environment={"Variables": {"A": "1"}}
        )
        go.touch()
        assert json.loads(working.result()["Payload"]) is None
    assert json.loads(local.invoke(name, event)["Payload"]) == "1"


def test_versions_aliases_and_the_unknown(local: Local) -> None:
    client = local.client("lambda")
    name = local.function("def handler(event, context):\n    return context.function_version")
    arn = client.publish_version(FunctionName=name)["FunctionArn"]
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    for asked, version in (
        ({"FunctionName": name}, "$LATEST"),
        ({"FunctionName": name, "Qualifier": "$LATEST"}, "$LATEST"),
        ({"FunctionName": name, "Qualifier": "1"}, "1"),
        ({"FunctionName": name, "Qualifier": "live"}, "1"),
        ({"FunctionName": arn}, "1"),
    ):
        answer = client.invoke(**asked)
        assert json.loads(answer["Payload"].read()) == version, asked
        assert answer["ExecutedVersion"] == version
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    for unknown in ({"FunctionName": name, "Qualifier": "7"}, {"FunctionName": elsewhere}):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            client.invoke(**unknown)


def test_calls_that_do_not_wait(local: Local) -> None:
    name = local.function("def handler(event, context):\n    print('ran', event)")
    client = local.client("lambda")
    assert client.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload="7")
    assert answer["StatusCode"] == 202
    until = time.monotonic() + 10
    lines: list[str] = []
    while not any("ran 7" in line for line in lines) and time.monotonic() < until:
        time.sleep(0.1)
        groups = client_groups(local)
        lines = messages(local, f"/aws/lambda/{name}") if f"/aws/lambda/{name}" in groups else []
    assert any("ran 7" in line for line in lines)


def client_groups(local: Local) -> list[str]:
    """Names of the log groups."""
    found = local.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")
    return [group["logGroupName"] for group in found["logGroups"]]


def test_six_megabytes_are_the_limit_both_ways(local: Local) -> None:
    name = local.function("def handler(event, context):\n    return 'x' * event['give']")
    with pytest.raises(ClientError, match="RequestTooLargeException"):
        local.invoke(name, {"give": 1, "pad": "x" * 6 * 1024 * 1024})
    answer = local.invoke(name, {"give": 5 * 1024 * 1024})
    assert len(json.loads(answer["Payload"])) == 5 * 1024 * 1024
    answer = local.invoke(name, {"give": 7 * 1024 * 1024})
    assert "exceeded maximum allowed payload size" in answer["Payload"].decode()
    assert answer["FunctionError"] == "Unhandled"


@pytest.mark.parametrize("setting", [{"Runtime": "python3.8"}, {"Architectures": OTHER}])
def test_a_function_made_for_another_machine(local: Local, setting: dict[str, Any]) -> None:
    name = local.function("def handler(event, context):\n    return 1", **setting)
    with pytest.raises(ClientError, match="NOVA_RFT_LAMBDA_TARGET=host"):
        local.invoke(name)


def test_its_own_log_group(local: Local) -> None:
    code = "def handler(event, context):\n    print('kept')"
    group = f"own-{uuid4().hex[:8]}"
    local.invoke(local.function(code, LoggingConfig={"LogGroup": group}))
    assert "kept" in messages(local, group)


def test_embedded_metrics_become_metrics_and_broken_ones_harm_nothing(local: Local) -> None:
    place = f"test-{uuid4().hex[:8]}"
    code = f"""
import json, time
def handler(event, context):
    print('{{"_aws": "broken"}}')
    print(json.dumps({{"_aws": {{"Timestamp": 1, "CloudWatchMetrics": [{{"Namespace": "x",
        "Dimensions": [["D"]], "Metrics": [{{"Name": "missing"}}]}}]}}}}))
    about = {{"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [{{
        "Namespace": "{place}", "Dimensions": [["Project", "Version"], ["Project"]],
        "Metrics": [{{"Name": "Reward", "Unit": "None", "StorageResolution": 1}},
                    {{"Name": "Events", "Unit": "Count"}}]}}]}}
    print(json.dumps({{"_aws": about, "Project": "{place}", "Version": "1", "Reward": [1, 2, 6],
                      "Events": 1}}))
"""
    assert "FunctionError" not in local.invoke(local.function(code))
    now = datetime.now(UTC)
    wanted = {"Average": 3.0, "Minimum": 1.0, "Maximum": 6.0, "SampleCount": 3.0, "Sum": 9.0}
    for dimensions in ({"Project": place, "Version": "1"}, {"Project": place}):
        metric = {
            "Namespace": place,
            "MetricName": "Reward",
            "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
        }
        queries = [
            {"Id": stat.lower(), "MetricStat": {"Metric": metric, "Period": 3600, "Stat": stat}}
            for stat in wanted
        ]
        found = local.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries,
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
        )["MetricDataResults"]
        assert {one["Id"]: one["Values"] for one in found} == {
            stat.lower(): [value] for stat, value in wanted.items()
        }
