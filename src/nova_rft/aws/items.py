"""Items of a DynamoDB table as plain dictionaries: read, made once, changed under a condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused

Item = dict[str, Any]
_CONDITION = "ConditionalCheckFailedException"


class Items:
    """A table with one text as its key; values are texts, whole numbers, truths and maps of them."""

    def __init__(self, aws: Aws, table: str, key: str) -> None:
        """Takes the table's name, and its key's."""
        self._aws = aws
        self._table = table
        self._key = key

    def find(self, key: str) -> Item | None:
        """An item as it is now, or None."""
        with aws_errors():
            found = self._aws.client("dynamodb").get_item(
                TableName=self._table, Key={self._key: {"S": key}}, ConsistentRead=True
            )
        return _plain(found["Item"]) if "Item" in found else None

    def all(self) -> Iterator[Item]:
        """Every item, in no order; for tables that hold few."""
        with aws_errors():
            pages = self._aws.client("dynamodb").get_paginator("scan")
            for page in pages.paginate(TableName=self._table, ConsistentRead=True):
                yield from map(_plain, page["Items"])

    def put_new(self, item: Item) -> bool:
        """Makes an item unless there is one of its key; of several at once one is let through."""
        return self._done(
            self._aws.client("dynamodb").put_item,
            Item={name: _typed(value) for name, value in item.items() if value is not None},
            ConditionExpression="attribute_not_exists(#k)",
            ExpressionAttributeNames={"#k": self._key},
        )

    def change(
        self,
        key: str,
        values: Mapping[str, Any],
        *,
        where: Mapping[str, Any] | None = None,
    ) -> bool:
        """Changes an item that is there; False where it is not, or is not as it has to be.

        Args:
            key: The item's.
            values: By name; None takes the value away.
            where: What its values have to be.
        """
        names, given = _Names(), _Names()
        put = [f"{names(n, '#')} = {given(v, ':')}" for n, v in values.items() if v is not None]
        gone = [names(n, "#") for n, v in values.items() if v is None]
        asked = [f"attribute_exists({names(self._key, '#')})"]
        asked += [f"{names(n, '#')} = {given(v, ':')}" for n, v in (where or {}).items()]
        change = f"SET {', '.join(put)}" if put else ""
        change += f" REMOVE {', '.join(gone)}" if gone else ""
        more: dict[str, Any] = {}
        if given.kept:
            more["ExpressionAttributeValues"] = {n: _typed(v) for n, v in given.kept.items()}
        return self._done(
            self._aws.client("dynamodb").update_item,
            Key={self._key: {"S": key}},
            UpdateExpression=change.strip(),
            ConditionExpression=" AND ".join(asked),
            ExpressionAttributeNames=dict(names.kept),
            **more,
        )

    def _done(self, call: Any, **asked: Any) -> bool:
        try:
            with aws_errors():
                call(TableName=self._table, **asked)
        except AwsRefused as refused:
            if refused.code == _CONDITION:
                return False
            raise
        return True


class _Names:
    """Placeholders of an expression, for names or for values."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def __call__(self, meant: Any, mark: str) -> str:
        name = f"{mark}v{len(self.kept)}"
        self.kept[name] = meant
        return name


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, Mapping):
        return {"M": {name: _typed(one) for name, one in value.items() if one is not None}}
    return {"S": str(value)}


def _plain(item: Mapping[str, Any]) -> Item:
    return {name: _value(typed) for name, typed in item.items()}


def _value(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    if kind == "M":
        return _plain(value)
    return int(value) if kind == "N" else value
