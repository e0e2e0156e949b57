"""The answer list that scored a file of events, item by item beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nova_rft.data import loads, read_bytes_lines
from nova_rft.errors import UsageError


class Answers:
    """The answer list, item by item beside the events."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._items = self._read()
        self._place = 0

    def next(self, wanted: Any) -> Mapping[str, Any]:
        """The answer to the next item of the events.

        Raises:
            UsageError: it is the answer to another item, or there is none.
        """
        self._place += 1
        item = next(self._items, None)
        if item is None or item["id"] != wanted:
            what = "holds no answer" if item is None else f"answers {item['id']!r}"
            raise UsageError(
                f"{self.path}: {what} where the events' item {self._place} is {wanted!r}; give the "
                "answer to these very events"
            )
        return item

    def end(self) -> None:
        """Nothing may be left.

        Raises:
            UsageError: the answer has more items than the events.
        """
        if next(self._items, None) is not None:
            raise UsageError(
                f"{self.path}: answers more than the {self._place:,} items of the events; give the "
                "answer to these very events"
            )

    def _read(self) -> Iterator[Mapping[str, Any]]:
        try:
            given = loads(b"".join(read_bytes_lines(self.path)))
        except ValueError as error:
            raise UsageError(f"{self.path}: not JSON: {error}") from None
        items = given if isinstance(given, list) else [None]
        for place, item in enumerate(items, start=1):
            if not _is_answer(item):
                raise UsageError(
                    f"{self.path}: item {place} is no answer with id, aggregate_reward_score and "
                    "metrics_list; give what nova-rft score --json wrote"
                )
            yield item


def _is_answer(item: Any) -> bool:
    metrics = item.get("metrics_list") if isinstance(item, dict) else None
    return (
        isinstance(metrics, list)
        and "id" in item
        and "aggregate_reward_score" in item
        and all(isinstance(one, dict) and {"name", "value"} <= one.keys() for one in metrics)
    )
