"""What came of a scoring, in figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from nova_rft.judge.models import Totals
from nova_rft.scale._engine import Row, cause_of


@dataclass(slots=True)
class Summary:
    """What came of a scoring.

    Attributes:
        engine: That scored.
        items: In the file.
        known: Of them, whose rows the ledger held already.
        scored: That have a reward.
        abstained: That have none, by cause.
        failed: That have no row, since the engine could not have them scored.
        failures: Why, the first few.
        reward: The mean; None where nothing was scored.
        terms: Each term's mean.
        spent: What this run took, of calls whose Lambda said so.
        spent_in_all: What the rows of this ledger took, of all runs.
        unknown: Chunks of this run whose cost nobody told.
        seconds: Of this run.
        notes: What people should know beside.
    """

    engine: str
    items: int = 0
    known: int = 0
    scored: int = 0
    abstained: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    reward: float | None = None
    terms: dict[str, float] = field(default_factory=dict)
    spent: Totals = field(default_factory=Totals)
    spent_in_all: Totals = field(default_factory=Totals)
    unknown: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As documented for `score --json`."""
        return asdict(self)


class Means:
    """Means of what rows say, taken one row at a time."""

    def __init__(self) -> None:
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._counts: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()
        self._failed = 0

    def add(self, row: Row | None) -> None:
        """One item's row; None where it has none."""
        if row is None:
            self._failed += 1
            return
        cause = cause_of(row)
        if cause:
            self._causes[cause] += 1
        else:
            self._count("", row["aggregate_reward_score"])
        for metric in row.get("metrics_list", ()):
            if metric["type"] == "Metric":
                self._count(metric["name"], metric["value"])

    def into(self, summary: Summary) -> None:
        """Writes the figures."""
        summary.scored = self._counts.pop("", 0)
        summary.reward = self._sums[""] / summary.scored if summary.scored else None
        summary.abstained = dict(self._causes.most_common())
        summary.failed = self._failed
        summary.terms = {
            name: self._sums[name] / count
            for name, count in self._counts.items()
            if not name.startswith("abstained") and not name.endswith(".weighted")
        }

    def _count(self, name: str, value: float) -> None:
        self._sums[name] += value
        self._counts[name] += 1
