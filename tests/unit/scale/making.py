"""Items, chunks and an engine of a few lines, for tests of what stands around engines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nova_rft.judge import Usage
from nova_rft.judge.models import Totals
from nova_rft.reward import read_item
from nova_rft.scale import Answered, Chunk, Work

ONE = Totals(1, 0, Usage(10, 2), 0.5, 0)


def raw(number: int, group: str | None = None, said: str = "A: 4") -> dict[str, Any]:
    turns = [{"role": "user", "content": f"q {group}"}, {"role": "assistant", "content": said}]
    given = {"id": f"i{number}", "messages": turns}
    return given if group is None else {**given, "group": group}


def work(raws: Iterable[Any], folder: Path, identity: str = "reward 1") -> Work:
    return Work(((read_item(one), one) for one in raws), identity, folder)


def row(item: Any, reward: float = 1.0, cause: str = "") -> dict[str, Any]:
    gone = [{"name": f"abstained.{cause}", "value": 1.0, "type": "Metric"}] if cause else []
    metrics = [{"name": "abstained", "value": float(bool(cause)), "type": "Metric"}, *gone]
    given = item.get("id", "") if isinstance(item, dict) else ""
    return {"id": given, "aggregate_reward_score": reward, "metrics_list": metrics}


class Counting:
    """Scores an item by the length of what was said, and counts how often each was scored."""

    name = "counting"

    def __init__(self, *, stop_after: int | None = None, cause: str = "") -> None:
        self.scored: list[str] = []
        self._stop_after = stop_after
        self._cause = cause

    def score(self, chunks: Iterable[Chunk]) -> Iterator[Answered]:
        for number, chunk in enumerate(chunks):
            if number == self._stop_after:
                raise KeyboardInterrupt
            items = [json.loads(one) for one in chunk.raws]
            self.scored += [item["id"] for item in items]
            rows = [row(one, len(one["messages"][-1]["content"]), self._cause) for one in items]
            yield Answered(chunk, rows, ONE)
