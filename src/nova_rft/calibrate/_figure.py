"""A figure: a number with its interval, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# With fewer prompts a resample hardly differs from the sample, and agreement is luck.
LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that was measured, and how sure that is.

    Attributes:
        value: None where the labels give none; `reason` says why.
        low: Low end of the 95 % interval over prompts; None where there is none.
        high: High end.
        reason: What is missing, in a few words; empty where nothing is.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, float | str | None]:
        """The figure as documented for `--json`; `reason` only where something is missing."""
        shown: dict[str, float | str | None] = {
            "value": self.value,
            "low": self.low,
            "high": self.high,
        }
        return {**shown, "reason": self.reason} if self.reason else shown


def missing(reason: str) -> Figure:
    """No figure, and why."""
    return Figure(None, reason=reason)


def too_few(count: int, what: str = "rows", needed: int = LEAST) -> str:
    """The reason that most figures of small sets have."""
    return f"too few: {count} {what if count != 1 else what.removesuffix('s')}, {needed} are needed"
