"""The embedded DynamoDB: a sum that many add to at once loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Client = Callable[[str], Any]


def test_additions_are_atomic(client: Client) -> None:
    tables = client("dynamodb")
    tables.create_table(
        TableName="sums",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def add(_: int) -> None:
        tables.update_item(
            TableName="sums",
            Key={"pk": {"S": "one"}},
            UpdateExpression="ADD amount :a",
            ExpressionAttributeValues={":a": {"N": "0.25"}},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))
    found = tables.get_item(TableName="sums", Key={"pk": {"S": "one"}})
    assert float(found["Item"]["amount"]["N"]) == 20.0
