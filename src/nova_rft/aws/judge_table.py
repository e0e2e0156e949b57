"""What judging keeps beyond a container: a budget's sum and judges' replies, in one DynamoDB table.

Key `pk`, a string: `spent#REWARD_DIGEST` with the number `amount`, `reply#KEY` with the text `reply`;
the number `expires` (seconds since 1970) is the table's time to live.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, JudgeUnavailable

_REPLY_DAYS: Final = 30
_DAY_S: Final = 86_400


class TablePurse:
    """A `Purse` that all containers of a reward share.

    The sum is read anew before each call, so that it is overshot by no more than the calls in flight.
    """

    def __init__(self, aws: Aws, table: str, reward: str) -> None:
        """Takes the table's name and the digest of the reward whose spending it counts."""
        self._aws = aws
        self._table = table
        self._key = {"pk": {"S": f"spent#{reward}"}}
        self._unpaid = 0.0
        self._lock = threading.Lock()

    def spent(self) -> float:
        """The sum so far.

        Raises:
            JudgeUnavailable: the table cannot be read, or what was spent not be written to it.
        """
        try:
            self._settle()
            with aws_errors():
                found = self._aws.client("dynamodb").get_item(
                    TableName=self._table, Key=self._key, ConsistentRead=True
                )
        except AwsRefused as refused:
            raise JudgeUnavailable(f"the budget's sum cannot be told: {refused}") from refused
        return float(found.get("Item", {}).get("amount", {}).get("N", "0"))

    def pay(self, amount: float) -> None:
        """Adds to the sum; where that fails, `spent` tries again and fails until it is done."""
        with self._lock:
            self._unpaid += amount
        try:
            self._settle()
        except AwsRefused:
            return

    def _settle(self) -> None:
        with self._lock:
            amount, self._unpaid = self._unpaid, 0.0
        if not amount:
            return
        try:
            with aws_errors():
                self._aws.client("dynamodb").update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression="ADD amount :spent",
                    ExpressionAttributeValues={":spent": {"N": f"{amount:.12f}"}},
                )
        except BaseException:  # An interrupt too: what was not written is not lost.
            with self._lock:
                self._unpaid += amount
            raise


class TableStore:
    """A `ReplyStore` that all containers share; replies are kept for 30 days."""

    def __init__(self, aws: Aws, table: str) -> None:
        """Takes the table's name."""
        self._aws = aws
        self._table = table

    def get(self, key: str) -> str | None:
        """The reply under a key.

        Raises:
            AwsRefused: the table cannot be read.
        """
        with aws_errors():
            found = self._aws.client("dynamodb").get_item(
                TableName=self._table, Key={"pk": {"S": f"reply#{key}"}}
            )
        item = found.get("Item")
        return None if item is None else item["reply"]["S"]

    def put(self, key: str, value: str) -> None:
        """Keeps a reply.

        Raises:
            AwsRefused: the table refused it.
        """
        with aws_errors():
            self._aws.client("dynamodb").put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": f"reply#{key}"},
                    "reply": {"S": value},
                    "expires": {"N": str(int(time.time()) + _REPLY_DAYS * _DAY_S)},
                },
            )
