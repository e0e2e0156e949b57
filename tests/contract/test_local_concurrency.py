"""Lambda's reserved concurrency refuses in the embedded AWS; its provisioned one is kept by version."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from nova_rft.aws.session import Aws
from nova_rft.aws.warm import keep_warm
from nova_rft.errors import AwsRefused
from tests.contract.conftest import MakeFunction

Client = Callable[[str], Any]
# As many events as are let in wait for each other at a barrier: a file that each of them writes.
MEETS = """
import os, time
def handler(event, context):
    open(os.path.join(event["folder"], context.aws_request_id), "w").close()
    until = time.monotonic() + 15
    while len(os.listdir(event["folder"])) < event["together"]:
        assert time.monotonic() < until, "nobody came"
        time.sleep(0.01)
    return "met"
"""


def test_events_beyond_the_reserved_ones_are_refused(
    client: Client, make_function: MakeFunction, tmp_path: Any
) -> None:
    arn = make_function("reserved", MEETS)
    lambda_ = client("lambda")
    lambda_.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=2)
    impatient = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}))
    event = json.dumps({"folder": str(tmp_path), "together": 3}).encode()

    def call() -> str:
        answer = lambda_.invoke(FunctionName=arn, Payload=event)
        return str(json.loads(answer["Payload"].read()))

    with ThreadPoolExecutor(2) as pool:
        let_in = [pool.submit(call) for _ in range(2)]
        while len(list(tmp_path.iterdir())) < 2:
            assert not any(one.done() for one in let_in)
        with pytest.raises(ClientError) as refused:
            impatient.invoke(FunctionName=arn, Payload=event)
        (tmp_path / "third").touch()
        assert [one.result() for one in let_in] == ["met", "met"]
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    # What is over has given its place back.
    assert call() == "met"


def test_one_version_is_kept_warm(aws: Aws, client: Client, make_function: MakeFunction) -> None:
    make_function("warmed", "def handler(event, context):\n    return 1\n")
    lambda_ = client("lambda")
    lambda_.update_function_configuration(FunctionName="warmed", Description="another")
    assert lambda_.publish_version(FunctionName="warmed")["Version"] == "2"
    keep_warm(aws, "warmed", "1", None)
    assert _kept(lambda_) == {}
    keep_warm(aws, "warmed", "1", 3)
    assert _kept(lambda_) == {"1": 3}
    keep_warm(aws, "warmed", "1", 5)
    assert _kept(lambda_) == {"1": 5}
    # The next version takes its place: nothing is paid for that no new job calls.
    keep_warm(aws, "warmed", "2", 5)
    assert _kept(lambda_) == {"2": 5}
    keep_warm(aws, "warmed", "2", None)
    assert _kept(lambda_) == {}


def test_what_is_not_there_is_not_kept_warm(aws: Aws) -> None:
    with pytest.raises(AwsRefused, match="not found"):
        keep_warm(aws, "nowhere-at-all", "1", 3)


def test_what_is_not_published_is_not_kept_warm(
    client: Client, make_function: MakeFunction
) -> None:
    make_function("unpublished", "def handler(event, context):\n    return 1\n")
    with pytest.raises(ClientError, match="unpublished function versions"):
        client("lambda").put_provisioned_concurrency_config(
            FunctionName="unpublished", Qualifier="$LATEST", ProvisionedConcurrentExecutions=1
        )


def _kept(lambda_: Any) -> dict[str, int]:
    answer = lambda_.list_provisioned_concurrency_configs(FunctionName="warmed")
    return {
        one["FunctionArn"].rsplit(":", 1)[-1]: one["RequestedProvisionedConcurrentExecutions"]
        for one in answer["ProvisionedConcurrencyConfigs"]
    }
