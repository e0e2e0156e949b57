"""Looks at what lies on this machine: calibrations and rehearsals. Nobody is asked for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from nova_rft.errors import UsageError
from nova_rft.project import Project, state_folder
from nova_rft.ui._feed import Seen

if TYPE_CHECKING:
    from nova_rft.rehearse import Rehearsed, Step

_LISTED: Final = 50
_SAMPLES: Final = 12


def calibration_look(project: Project) -> Callable[[], Seen]:
    """Where the reward's judges stand, with what was measured of them."""

    def look() -> Seen:
        # Read anew: a judge whose settings changed since is not calibrated any more.
        fresh = Project.load(project.file)
        found = fresh.standing()
        terms = [
            {
                "term": one.term,
                "fitness": None if one.fitness is None else str(one.fitness),
                "problems": list(one.problems),
                "figures": dict(one.figures),
            }
            for one in found.terms
        ]
        return Seen({"terms": terms, "required": found.required, "ok": found.ok})

    return look


def rehearsals_look() -> Seen:
    """The rehearsals that the state folder holds, in short."""
    from nova_rft.rehearse import rehearsals

    return Seen({"rehearsals": [_line(one) for one in rehearsals(state_folder(), _LISTED)]})


def rehearsal_look(name: str) -> Callable[[], Seen]:
    """One rehearsal as it learns."""

    def look() -> Seen:
        from nova_rft.rehearse import rehearsal

        found = rehearsal(state_folder(), name)
        if found is None:
            raise UsageError(f"{name}: no such rehearsal in {state_folder()}; see Rehearsals")
        state = {
            **_line(found),
            "training": _curves([one for one in found.steps if not one.held_out]),
            "held_out": _curves([one for one in found.steps if one.held_out]),
            "samples": [asdict(one) for one in reversed(found.samples[-_SAMPLES:])],
            "outcome": found.outcome,
        }
        return Seen(state)

    return look


def _line(one: Rehearsed) -> dict[str, Any]:
    trained = [step for step in one.steps if not step.held_out]
    return {
        "name": one.folder.name,
        "policy": one.asked.get("policy"),
        "steps": len(trained),
        "of": one.asked.get("steps"),
        "reward": trained[-1].figures.get("reward") if trained else None,
        "verdict": one.outcome.get("verdict") if one.outcome else None,
        "changed": one.changed.isoformat(timespec="seconds"),
    }


def _curves(steps: Sequence[Step]) -> dict[str, list[tuple[int, float]]]:
    """By figure its way over the steps."""
    found: dict[str, list[tuple[int, float]]] = {}
    for step in steps:
        for name, value in step.figures.items():
            found.setdefault(name, []).append((step.number, value))
    return found
