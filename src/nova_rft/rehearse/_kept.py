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
class Rehearsed:
    """One rehearsal, as far as it has come.

    Attributes:
        folder: Where it lies.
        asked: Its settings, and the digest of its reward.
        steps: What was measured so far, looks at held-out prompts among it.
        samples: Responses to the same held-out prompts over time.
        outcome: As `rehearse --json` says it; None while there is none.
        changed: When it last measured something, or ended (UTC).
    """

    folder: Path
    asked: Mapping[str, Any]
    steps: Sequence[Step]
    samples: Sequence[Sample]
    outcome: Mapping[str, Any] | None
    changed: datetime


def rehearsals(home: Path, most: int) -> list[Rehearsed]:
    """Those of a state folder, the newest first, so many at most."""
    return [_read(place) for place in _newest_first(home)[:most]]


def rehearsal(home: Path, name: str) -> Rehearsed | None:
    """One of them, by its folder's name; None where there is none."""
    # Looked up among those that are there: a name may come from an address.
    return next((_read(place) for place in _places(home) if place.name == name), None)


def newest_rehearsal(home: Path, reward: str) -> Rehearsed | None:
    """The newest of a reward that has ended; None where none has.

    Args:
        home: The state folder.
        reward: Digest of the spec's reward, as `Asked.known_as` had it.
    """
    for place in _newest_first(home):
        folder = RunFolder(place)
        # Folders of earlier versions do not say of which reward they were.
        known = (folder.kept("asked") or {}).get("reward")
        if known == reward and folder.kept("outcome") is not None:
            return _read(place)
    return None


def _places(home: Path) -> list[Path]:
    return [asked.parent for asked in (home / "rehearsals").glob("*/asked.json")]


def _newest_first(home: Path) -> list[Path]:
    return sorted(_places(home), key=_changed, reverse=True)


def _read(place: Path) -> Rehearsed:
    folder = RunFolder(place)
    return Rehearsed(
        place,
        folder.kept("asked") or {},
        folder.steps(),
        folder.samples(),
        folder.kept("outcome"),
        datetime.fromtimestamp(_changed(place), tz=UTC),
    )


def _changed(place: Path) -> float:
    written = [place / name for name in ("asked.json", "steps.jsonl", "outcome.json")]
    return max(file.stat().st_mtime for file in written if file.is_file())
