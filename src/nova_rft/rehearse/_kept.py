"""The rehearsals that a state folder holds, running ones included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nova_rft.rehearse._folder import RunFolder, Sample
from nova_rft.rehearse._measure import Step


@dataclass(frozen=True, slots=True)
class Kept:
    """One rehearsal, as far as it has come.

    Attributes:
        name: Of its folder.
        asked: Its settings.
        steps: What was measured so far, looks at held-out prompts among it.
        samples: Responses to the same held-out prompts over time.
        outcome: As `rehearse --json` says it; None while there is none.
        changed: When it last measured something (UTC).
    """

    name: str
    asked: Mapping[str, Any]
    steps: Sequence[Step]
    samples: Sequence[Sample]
    outcome: Mapping[str, Any] | None
    changed: datetime


def kept_rehearsals(home: Path, most: int) -> list[Kept]:
    """Those of a state folder, the newest first, so many at most."""
    return [_kept(place) for place in sorted(_places(home), key=_changed, reverse=True)[:most]]


def kept_rehearsal(home: Path, name: str) -> Kept | None:
    """One of them, by its name; None where there is none."""
    # Looked up among those that are there: a name may come from an address.
    return next((_kept(place) for place in _places(home) if place.name == name), None)


def _places(home: Path) -> list[Path]:
    return [asked.parent for asked in (home / "rehearsals").glob("*/asked.json")]


def _kept(place: Path) -> Kept:
    folder = RunFolder(place)
    return Kept(
        place.name,
        folder.kept("asked") or {},
        folder.steps(),
        folder.samples(),
        folder.kept("outcome"),
        datetime.fromtimestamp(_changed(place), tz=UTC),
    )


def _changed(place: Path) -> float:
    written = [place / name for name in ("asked.json", "steps.jsonl", "outcome.json")]
    return max(file.stat().st_mtime for file in written if file.is_file())
