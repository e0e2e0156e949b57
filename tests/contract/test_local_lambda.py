"""Lambda in the embedded AWS really runs the zip, and fails as Lambda fails."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import pytest

from tests.contract.conftest import MakeFunction

Client = Callable[[str], Any]


def call(client: Client, arn: str, event: Any = None, **more: Any) -> tuple[Any, dict[str, Any]]:
    answer = client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event), **more)
    return json.loads(answer["Payload"].read()), answer


def test_it_answers_and_stays_warm(client: Client, make_function: MakeFunction) -> None:
    arn = make_function(
        "warm",
        "import os\ncalls = 0\ndef handler(event, context):\n"
        "    global calls\n    calls += 1\n"
        "    return {'got': event, 'calls': calls, 'arn': context.invoked_function_arn,\n"
        "            'version': os.environ['AWS_LAMBDA_FUNCTION_VERSION'], 'pid': os.getpid()}\n",
    )
    first, answer = call(client, arn, {"a": [1, "ü"]})
    second, _ = call(client, arn)
    assert first["got"] == {"a": [1, "ü"]}
    assert first["arn"] == arn and first["version"] == "1"
    assert answer["ExecutedVersion"] == "1" and "FunctionError" not in answer
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"]


def test_an_exception_comes_back_with_its_trace(
    client: Client, make_function: MakeFunction
) -> None:
    arn = make_function("raises", "def handler(event, context):\n    raise KeyError('gone')\n")
    body, answer = call(client, arn, LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert body["errorType"] == "KeyError" and "gone" in body["errorMessage"]
    assert any("handler.py" in line for line in body["stackTrace"])
    assert "KeyError" in base64.b64decode(answer["LogResult"]).decode()


def test_a_broken_import_is_an_init_error(client: Client, make_function: MakeFunction) -> None:
    body, answer = call(client, make_function("broken", "import nonexistent_thing\n"))
    assert answer["FunctionError"] == "Unhandled"
    assert body["errorType"] == "Runtime.ImportModuleError"


@pytest.mark.parametrize("hidden", ["nova_rft", "pydantic", "moto", "pytest"])
def test_this_machines_packages_are_hidden(
    client: Client, make_function: MakeFunction, hidden: str
) -> None:
    source = f"def handler(event, context):\n    import boto3\n    import {hidden}\n"
    body, _ = call(client, make_function(f"hides-{hidden}", source))
    assert body["errorMessage"] == f"No module named '{hidden}'"


def test_past_its_timeout_it_is_killed_and_the_next_call_works(
    client: Client, make_function: MakeFunction
) -> None:
    arn = make_function(
        "slow",
        "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'done'\n",
        Timeout=1,
    )
    assert call(client, arn, 0)[0] == "done"
    started = time.monotonic()
    body, answer = call(client, arn, 30)
    assert time.monotonic() - started < 5
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in body["errorMessage"]
    assert call(client, arn, 0)[0] == "done"


def test_leaving_the_process_is_an_error(client: Client, make_function: MakeFunction) -> None:
    arn = make_function("leaves", "import os\ndef handler(event, context):\n    os._exit(3)\n")
    body, _ = call(client, arn)
    assert body["errorType"] == "Runtime.ExitError" and "exit status 3" in body["errorMessage"]


def test_prints_become_logs_and_emf_becomes_metrics(
    client: Client, make_function: MakeFunction
) -> None:
    emf = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "contract",
                    "Dimensions": [["Project"]],
                    "Metrics": [{"Name": "Reward", "Unit": "None", "StorageResolution": 1}],
                }
            ],
        },
        "Project": "p",
        "Reward": [1.0, 2.0, 6.0],
    }
    source = f"def handler(event, context):\n    print('hello')\n    print({json.dumps(emf)!r})\n"
    call(client, make_function("prints", source))
    events = client("logs").filter_log_events(logGroupName="/aws/lambda/prints")["events"]
    messages = [event["message"] for event in events]
    assert "hello" in messages and any(text.startswith("REPORT") for text in messages)
    now = datetime.now(UTC)
    found = client("cloudwatch").get_metric_statistics(
        Namespace="contract",
        MetricName="Reward",
        Dimensions=[{"Name": "Project", "Value": "p"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=3600,
        Statistics=["Average", "SampleCount", "Maximum"],
    )["Datapoints"]
    assert [(p["Average"], p["SampleCount"], p["Maximum"]) for p in found] == [(3.0, 3.0, 6.0)]


def test_boto3_inside_reaches_the_embedded_aws(client: Client, make_function: MakeFunction) -> None:
    arn = make_function(
        "inside",
        "import boto3\ndef handler(event, context):\n"
        "    return boto3.client('sts').get_caller_identity()['Account']\n",
    )
    assert call(client, arn)[0] == client("sts").get_caller_identity()["Account"]


def test_nothing_of_this_machines_environment_leaks(
    client: Client, make_function: MakeFunction
) -> None:
    source = "import os\ndef handler(event, context):\n    return sorted(os.environ)\n"
    names, _ = call(client, make_function("environment", source))
    assert not {"HOME", "USER", "VIRTUAL_ENV", "NOVA_RFT_HOME"} & set(names)


def test_an_event_over_six_megabytes_is_refused(
    client: Client, make_function: MakeFunction
) -> None:
    arn = make_function("echo", "def handler(event, context):\n    return event\n")
    with pytest.raises(botocore.exceptions.ClientError, match="RequestTooLarge"):
        call(client, arn, "x" * (6 * 1024 * 1024))


def test_a_function_for_another_machine_is_not_run(
    client: Client, make_function: MakeFunction
) -> None:
    arn = make_function("other", "def handler(e, c):\n    return 1\n", Runtime="python3.9")
    with pytest.raises(botocore.exceptions.ClientError, match="NOVA_RFT_LAMBDA_TARGET=host"):
        call(client, arn)


def test_an_unknown_function_is_not_found(client: Client) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match="ResourceNotFound"):
        call(client, "nobody")


def test_children_end_with_the_server_however_it_ends(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from nova_rft import local_aws

    home = tmp_path_factory.mktemp("killed")
    running = local_aws.up(home)
    environment = {**os.environ, **local_aws.environment(running.endpoint)}
    code = (
        "import io, json, platform, sys, zipfile, botocore.session\n"
        "s = botocore.session.get_session()\n"
        "z = io.BytesIO(); f = zipfile.ZipFile(z, 'w')\n"
        "f.writestr('handler.py', 'import os\\ndef handler(e, c): return os.getpid()'); f.close()\n"
        "s.create_client('iam').create_role(RoleName='r', AssumeRolePolicyDocument='{}')\n"
        "l = s.create_client('lambda')\n"
        "l.create_function(FunctionName='f', Runtime='python%d.%d' % sys.version_info[:2],\n"
        "  Architectures=['arm64' if platform.machine() == 'aarch64' else 'x86_64'],\n"
        "  Role='arn:aws:iam::123456789012:role/r', Handler='handler.handler',\n"
        "  Code={'ZipFile': z.getvalue()})\n"
        "print(l.invoke(FunctionName='f')['Payload'].read().decode())\n"
    )
    import sys

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    child = int(done.stdout)
    os.kill(child, 0)
    os.kill(running.pid, 9)
    os.waitpid(running.pid, 0)
    until = time.monotonic() + 10
    while time.monotonic() < until and _alive(child):
        time.sleep(0.05)
    assert not _alive(child)
    assert local_aws.status(home) is None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
