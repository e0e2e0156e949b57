"""What a rehearsal of the reward found, in short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nova_rft.rehearse import Rehearsed, Step


@dataclass(frozen=True, slots=True)
class RehearsalSummary:
    """A rehearsal in short.

    Attributes:
        at: When it ended, ISO 8601 UTC.
        verdict: `learns`, `stalls`, `hacks` or `cannot tell`.
        reason: Why, in a sentence.
        foreseen: What the policy's rollouts already showed before training, in a sentence.
        advice: What to change.
        policy: What was trained.
        trained: Steps of training.
        seconds: Of training.
        judges_replaced: Whether another judge sat in the place of the spec's.
        interrupted: Whether it was stopped before its end.
        page: Where its own page lies.
        steps: What was measured, looks at held-out prompts among it.
    """

    at: str
    verdict: str
    reason: str
    foreseen: str
    advice: list[str]
    policy: str
    trained: int
    seconds: float
    judges_replaced: bool
    interrupted: bool
    page: str
    steps: list[Step]


def rehearsal_summary(found: Rehearsed | None) -> RehearsalSummary | None:
    """A rehearsal as its folder keeps it; None where there is none."""
    if found is None:
        return None
    said = found.outcome or {}
    return RehearsalSummary(
        at=_iso(found.changed),
        verdict=str(said["verdict"]),
        reason=str(said["reason"]),
        foreseen=str(said["forecast"]["reason"]),
        advice=[str(one) for one in said["advice"]],
        policy=str(said["policy"]),
        trained=int(said["steps"]),
        seconds=float(said["seconds"]),
        judges_replaced=bool(found.asked.get("judges_replaced")),
        interrupted=bool(said["interrupted"]),
        page=str(found.folder / "rehearsal.html"),
        steps=list(found.steps),
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
