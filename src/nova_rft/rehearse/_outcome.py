"""What a rehearsal found, whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_rft.rehearse._facts import RewardFacts
from nova_rft.rehearse._folder import Sample
from nova_rft.rehearse._foresee import Foresight
from nova_rft.rehearse._measure import Step
from nova_rft.rehearse._settings import Settings
from nova_rft.rehearse._verdict import Verdict


@dataclass(frozen=True, slots=True)
class Made:
    """The policy that was trained.

    Attributes:
        name: `tiny`, or the folder or name that was given.
        parameters: How many weights it has.
        kept: Of `tiny`, where its warmed-up weights lie.
        warm_seconds: Of `tiny`, how long the warm start took; 0 where weights lay there already.
        longest: Tokens of a response, at most.
    """

    name: str
    parameters: int
    kept: str
    warm_seconds: float
    longest: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a page or a program is told.

    Attributes:
        settings: What was asked.
        facts: Of the reward.
        checks: Names of the checks.
        policy: What was trained.
        verdict: What is to be thought of it.
        advice: What to change.
        foresight: What was expected before training.
        steps: What was measured, looks at held-out prompts among it.
        samples: Responses to the same held-out prompts over time.
        seconds: Of training.
        processor_seconds: Of this process while it trained, on this run alone.
        interrupted: Whether it was stopped before its bounds.
        folder: Where all of it lies.
        through: `here` or `lambda`.
    """

    settings: Settings
    facts: RewardFacts
    checks: tuple[str, ...]
    policy: Made
    verdict: Verdict
    advice: Sequence[str]
    foresight: Foresight
    steps: Sequence[Step]
    samples: Sequence[Sample]
    seconds: float
    processor_seconds: float
    interrupted: bool
    folder: Path
    through: str

    @property
    def trained(self) -> list[Step]:
        """Steps of training, without looks at held-out prompts."""
        return [one for one in self.steps if not one.held_out]

    @property
    def looks(self) -> list[Step]:
        """Looks at held-out prompts."""
        return [one for one in self.steps if one.held_out]

    def as_dict(self) -> dict[str, Any]:
        """As documented for `rehearse --json`."""
        return {
            **self.verdict.as_dict(),
            "steps": len(self.trained),
            "seconds": round(self.seconds, 1),
            "processor_seconds": round(self.processor_seconds, 1),
            "interrupted": self.interrupted,
            "policy": self.policy.name,
            "parameters": self.policy.parameters,
            "warm_seconds": round(self.policy.warm_seconds, 1),
            "seed": self.settings.seed,
            "through": self.through,
            "checks": {"kind": self.facts.check_kind, "names": list(self.checks)},
            "measures": _ends(self.trained),
            "held_out": _ends(self.looks),
            "forecast": self.foresight.as_dict(),
            "advice": list(self.advice),
            "folder": str(self.folder),
        }


def _ends(steps: Sequence[Step]) -> dict[str, dict[str, float]]:
    """First and last value of each measure."""
    found: dict[str, dict[str, float]] = {}
    for step in steps:
        for name, value in step.figures.items():
            found.setdefault(name, {"first": value})["last"] = value
    return found
