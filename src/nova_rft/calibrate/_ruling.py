"""Whether a judge is fit to train with, by the spec's thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from nova_rft.calibrate._figure import Figure
from nova_rft.spec import AtLeast, AtMost, Thresholds

if TYPE_CHECKING:
    from nova_rft.calibrate._calibration import Calibration


class Fitness(StrEnum):
    """What may be done with a judge."""

    FIT = "fit"
    WARNING = "fit with a warning"
    UNFIT = "not fit"


@dataclass(frozen=True, slots=True)
class Check:
    """One threshold held against what was measured.

    Attributes:
        name: The threshold's.
        fitness: What it says.
        message: Why, in one sentence.
    """

    name: str
    fitness: Fitness
    message: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on a judge: the worst of its checks."""

    checks: tuple[Check, ...]

    @property
    def fitness(self) -> Fitness:
        """The worst."""
        order = list(Fitness)
        return max((check.fitness for check in self.checks), key=order.index, default=Fitness.UNFIT)

    @property
    def complaints(self) -> list[str]:
        """What keeps it from being fit, the worst first."""
        found = [check for check in self.checks if check.fitness is not Fitness.FIT]
        found.sort(key=lambda check: check.fitness is not Fitness.UNFIT)
        return [check.message for check in found]

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            "fitness": str(self.fitness),
            "checks": [
                {"name": one.name, "fitness": str(one.fitness), "message": one.message}
                for one in self.checks
            ],
        }


def rule(found: Calibration, thresholds: Thresholds) -> Ruling:
    """Holds what was measured against the thresholds."""
    return Ruling(tuple(_checks(found, thresholds)))


def _checks(found: Calibration, asked: Thresholds) -> Iterator[Check]:
    yield _count("prompts", found.prompts, asked.prompts)
    yield from _agreement(found, asked)
    ceiling = found.ceiling
    if ceiling.judge.value is not None and ceiling.kappa.value:
        share = ceiling.judge.value / ceiling.kappa.value
        what = f"kappa with annotators is {share:.0%} of theirs with each other"
        yield _held("ceiling", share, share, asked.ceiling, what)
    told = found.signal
    # Two readings of a number are hardly ever equal; what they are worth is their reliability.
    repeated = told.consistency if not found.numeric else Figure(None)
    for name, figure, bound, what in (
        (
            "consistent",
            found.position.consistent,
            asked.consistent,
            "the same choice in both orders",
        ),
        ("repeated", repeated, asked.repeated, "agreement of two readings"),
        ("reliability", told.reliability, asked.reliability, "reliability inside a prompt"),
        ("with_signal", told.with_signal, asked.with_signal, "prompts whose scores differ"),
        ("length", found.biases.length, asked.length, "liking of length"),
        ("unreadable", found.total.unreadable, asked.unreadable, "unreadable verdicts"),
    ):
        if figure.value is not None:
            yield _figure(name, figure, bound, what)
    if found.attacks is not None and found.attacks.tried:
        share = found.attacks.paid / found.attacks.tried
        what = f"{found.attacks.paid} of {found.attacks.tried} attacks pay"
        yield _held("attacks", share, share, asked.attacks, what)


def _agreement(found: Calibration, asked: Thresholds) -> Iterator[Check]:
    """Labels agree by kappa, numbers by rank; one of them must have been measured."""
    total = found.total
    figure, bound, name = (
        (total.spearman, asked.spearman, "spearman")
        if found.numeric
        else (total.kappa, asked.kappa, "kappa")
    )
    if figure.value is None:
        message = f"agreement with people could not be measured: {figure.reason}"
        yield Check(name, Fitness.UNFIT, message)
    else:
        yield _figure(name, figure, bound, f"{name} with people")


def _count(name: str, count: int, bound: AtLeast) -> Check:
    return _held(name, count, count, bound, f"{count:,} labelled prompts")


def _figure(name: str, figure: Figure, bound: AtLeast | AtMost, what: str) -> Check:
    value = figure.value or 0.0
    ends = [end for end in (figure.low, figure.high) if end is not None]
    if isinstance(bound, AtLeast):
        return _held(name, value, min(ends, default=value), bound, f"{what}: {value:.3g}")
    worst = max((abs(end) for end in ends), default=abs(value))
    return _held(name, abs(value), worst, bound, f"{what}: {value:.3g}")


def _held(name: str, value: float, worst: float, bound: AtLeast | AtMost, what: str) -> Check:
    """A value against a bound; one that is good, but perhaps not even enough, is a warning."""
    least = isinstance(bound, AtLeast)
    side = "at least" if least else "at most"

    def keeps(number: float, end: float) -> bool:
        return number >= end if least else number <= end

    if not keeps(value, bound.warn):
        return Check(name, Fitness.UNFIT, f"{what}; {side} {bound.warn:g} is needed")
    if not keeps(value, bound.fit):
        return Check(name, Fitness.WARNING, f"{what}; {side} {bound.fit:g} would be good")
    if not keeps(worst, bound.warn):
        said = f"{what}, but it may be {worst:.3g}: label more prompts to be sure"
        return Check(name, Fitness.WARNING, said)
    return Check(name, Fitness.FIT, what)
