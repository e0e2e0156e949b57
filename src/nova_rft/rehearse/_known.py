"""Rehearsals that lie in the state folder, found by the reward that they were of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nova_rft.rehearse._folder import RunFolder
from nova_rft.rehearse._measure import Step


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal that ended, as its folder keeps it.

    Attributes:
        folder: Where it lies.
        ended: When its outcome was written.
        outcome: As `Outcome.as_dict` gives it.
        steps: What was measured, looks at held-out prompts among it.
        judges_replaced: Whether another judge sat in the place of the spec's.
    """

    folder: Path
    ended: datetime
    outcome: Mapping[str, Any]
    steps: Sequence[Step]
    judges_replaced: bool


def newest_rehearsal(home: Path, reward: str) -> Rehearsed | None:
    """The newest rehearsal of a reward; None where none has ended.

    Args:
        home: The state folder.
        reward: Digest of the spec's reward, as `Asked.known_as` had it.
    """
    ended = sorted(
        (home / "rehearsals").glob("*/outcome.json"),
        key=lambda file: file.stat().st_mtime,
        reverse=True,
    )
    for file in ended:
        asked = _read(file.with_name("asked.json"))
        if asked.get("reward") == reward:
            return Rehearsed(
                folder=file.parent,
                ended=datetime.fromtimestamp(file.stat().st_mtime, UTC),
                outcome=_read(file),
                steps=RunFolder(file.parent).steps(),
                judges_replaced=bool(asked.get("judges_replaced")),
            )
    return None


def _read(file: Path) -> dict[str, Any]:
    """What a file holds; nothing where it is not there, as in folders of earlier versions."""
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
