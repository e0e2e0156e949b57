"""A budget's sum and kept replies in DynamoDB, against moto's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from nova_rft.aws.judge_table import TablePurse, TableStore
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, JudgeUnavailable

TABLE = "judges"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    aws = Aws("us-east-1")
    client = aws.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield aws
    client.delete_table(TableName=TABLE)


def test_all_who_share_a_purse_see_one_sum(aws: Aws) -> None:
    purses = [TablePurse(aws, TABLE, "reward") for _ in range(4)]
    assert purses[0].spent() == 0.0
    for _ in range(10):
        for purse in purses:
            purse.pay(0.25)
    assert [purse.spent() for purse in purses] == [pytest.approx(10.0)] * 4
    assert TablePurse(aws, TABLE, "another reward").spent() == 0.0


def test_small_sums_are_not_lost(aws: Aws) -> None:
    purse = TablePurse(aws, TABLE, "small")
    for _ in range(10):
        purse.pay(1e-7)
    assert purse.spent() == pytest.approx(1e-6)


def test_a_sum_that_cannot_be_told_is_unavailable(aws: Aws) -> None:
    with pytest.raises(JudgeUnavailable, match="the budget's sum cannot be told: AWS refused"):
        TablePurse(aws, "no-such-table", "reward").spent()


def test_what_could_not_be_written_is_written_before_the_sum_is_told(aws: Aws) -> None:
    purse = TablePurse(aws, TABLE, "late")
    purse._table = "no-such-table"
    purse.pay(0.5)
    with pytest.raises(JudgeUnavailable):
        purse.spent()
    purse._table = TABLE
    assert purse.spent() == 0.5


def test_replies_are_found_again_and_expire(aws: Aws) -> None:
    store = TableStore(aws, TABLE)
    assert store.get("k") is None
    store.put("k", "a reply \u2713")
    assert TableStore(aws, TABLE).get("k") == "a reply \u2713"
    item = aws.client("dynamodb").get_item(TableName=TABLE, Key={"pk": {"S": "reply#k"}})["Item"]
    assert int(item["expires"]["N"]) > 1_700_000_000
    with pytest.raises(AwsRefused):
        TableStore(aws, "no-such-table").get("k")
