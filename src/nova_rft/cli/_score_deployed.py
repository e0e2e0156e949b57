"""`nova-rft score --lambda`: the same events, scored by the function in AWS."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_rft.cli._common import console
from nova_rft.errors import FindingsError

if TYPE_CHECKING:
    from nova_rft.project import Project


class LambdaFailed(FindingsError):
    """The deployed reward Lambda failed on an event, or gave an answer that is none."""


def score_deployed(project: Project, file: Path, size: int, *, json: bool) -> None:
    """Scores a file of events by the deployed reward Lambda.

    Raises:
        LambdaFailed: it failed on an event; what it said is in the message.
    """
    items = _answers(project, file, size)
    means = _Means()
    if json:
        from nova_rft.reward import to_json

        before = "["
        for item in means.seen(items):
            sys.stdout.write(before + to_json([item])[1:-1])
            before = ", "
        sys.stdout.write("]\n" if before == ", " else "[]\n")
        sys.stdout.flush()
    else:
        for _ in means.seen(items):
            pass
    means.print()


def _answers(project: Project, file: Path, size: int) -> Iterator[dict[str, Any]]:
    from nova_rft.reward import read_raw_events
    from nova_rft.reward.contract import answer_problems

    function = project.reward_lambda()
    for number, event in enumerate(read_raw_events(file, size), start=1):
        answered = function.call(event)
        if answered.error:
            raise LambdaFailed(
                f"{file}: event {number}: the reward Lambda failed: {answered.error}"
            )
        ids = [item.get("id") if isinstance(item, dict) else None for item in event]
        problems = answer_problems(ids, answered.answer)
        if problems:
            raise LambdaFailed(f"{file}: event {number}: the answer is wrong: {problems[0]}")
        yield from answered.answer


class _Means:
    """Means of what an answer says of itself; another's Lambda has other metrics."""

    def __init__(self) -> None:
        self._rollouts = 0
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._counts: Counter[str] = Counter()

    def seen(self, items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in items:
            self._rollouts += 1
            self._add("reward", item["aggregate_reward_score"])
            for metric in item.get("metrics_list", []):
                if metric["type"] == "Metric":
                    self._add(metric["name"], metric["value"])
            yield item

    def _add(self, name: str, value: float) -> None:
        self._sums[name] += value
        self._counts[name] += 1

    def print(self) -> None:
        out = console()
        mean = self._mean("reward") if self._rollouts else "none"
        abstained = int(self._sums.get("abstained", 0))
        out.print(f"{self._rollouts:,} rollouts, mean reward {mean}, {abstained:,} abstained")
        for name in self._counts:
            if name not in ("reward", "abstained") and not name.endswith(".weighted"):
                some = f" of {self._counts[name]:,}" if self._counts[name] < self._rollouts else ""
                out.print(f"  {name}: mean {self._mean(name)}{some}", markup=False)

    def _mean(self, name: str) -> str:
        return f"{self._sums[name] / self._counts[name]:+.4f}"
