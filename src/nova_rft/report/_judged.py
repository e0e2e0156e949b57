"""What people say of the judges: the calibration that a job was trained by, in short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova_rft.calibrate import Fitness, Standing, TermStanding


@dataclass(frozen=True, slots=True)
class Agreed:
    """One figure of a calibration with its 95 % interval; None where it is none."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One judge of the reward against people's labels.

    Attributes:
        term: Its name.
        fitness: What its calibration says; None where there is none for its settings.
        fit: Whether that is without a warning.
        problems: What is missing, or keeps it from being fit.
        rows: Labels that it was held against.
        prompts: Their prompts.
        accuracy: Share of verdicts that are people's.
        kappa: Cohen's, with people's label.
        people: Mean kappa of the annotators among themselves.
    """

    term: str
    fitness: str | None
    fit: bool
    problems: list[str]
    rows: int
    prompts: int
    accuracy: Agreed
    kappa: Agreed
    people: Agreed


def judged(standing: Standing | None) -> list[Judged]:
    """Each judge of the reward; none where there are none."""
    return [_judged(one) for one in standing.terms] if standing else []


def _judged(one: TermStanding) -> Judged:
    found = one.figures
    return Judged(
        term=one.term,
        fitness=None if one.fitness is None else str(one.fitness),
        fit=one.fitness is Fitness.FIT,
        problems=list(one.problems),
        rows=int(found.get("n", 0)),
        prompts=int(found.get("prompts", 0)),
        accuracy=_agreed(found.get("accuracy", {})),
        kappa=_agreed(found.get("kappa", {})),
        people=_agreed(found.get("ceiling", {}).get("kappa", {})),
    )


def _agreed(figure: Mapping[str, Any]) -> Agreed:
    return Agreed(figure.get("value"), figure.get("low"), figure.get("high"))
