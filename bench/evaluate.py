"""How often an evaluation calls a gain real: on equal models, and where there is one.

Each figure is of so many whole evaluations of simulated models (`tests/simulated_models.py`): primary
measure, four others, two fields of slices. Two-sided tests at 5 % call a false gain real in 2.5 %.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from threadpoolctl import threadpool_limits

from bench._figure import Bound, Figure, at_least, at_most
from nova_rft.evaluate import How
from tests.simulated_models import KINDS, Course, controlled_coverage, told

SIMULATIONS = 1_000
HOW = How(draws=1_000, flips=2_000)
# Standard deviations of a difference that so many prompts show with a power of 80 %.
POWERED = {50: 0.396, 100: 0.280, 400: 0.140}


def measure() -> list[Figure]:
    """The table's rows."""
    # Many small products: threads would only wait for each other.
    with threadpool_limits(1):
        return [*_equal(), *_better(), *_controlled()]


def _equal() -> Iterator[Figure]:
    courses = [Course(kind, prompts) for kind in KINDS for prompts in (8, 30, 100, 300)]
    courses += [Course(kind, 100, samples=4) for kind in KINDS]
    courses += [
        Course("judge", 100, ties=0.8),
        Course("binary", 100, models=3),
        Course("judge", 30, samples=4, models=3, ties=0.5),
    ]
    for course in courses:
        found = told(course, SIMULATIONS, HOW)
        yield Figure(
            f"equal-{_key(course)}",
            f"equal models called different, {_said(course)}",
            100 * max(found.real, found.gate),
            "%",
            bound=at_most(5),
            note=f"any measure better {found.anything:.1%}, any slice {found.slices:.1%}, "
            f"covered {found.covered:.1%}",
        )


def _better() -> Iterator[Figure]:
    for prompts, gain in POWERED.items():
        for kind in ("binary", "judge"):
            course = Course(kind, prompts, gain=gain)
            found = told(course, SIMULATIONS, HOW)
            half = told(replace(course, gain=gain / 2), SIMULATIONS, HOW)
            yield Figure(
                f"better-{_key(course)}",
                f"better by {gain:g} deviations and called so, {_said(course)}",
                100 * found.real,
                "%",
                bound=Bound(70, 85),
                note=f"by half of that {half.real:.0%}",
            )
    started = time.perf_counter()
    told(Course("judge", 2_000, samples=4), 1, How())
    took = time.perf_counter() - started
    what = "testing 2,000 prompts, 5 measures, 8 slices"
    yield Figure("testing", what, took, "s", bound=at_most(5))


def _controlled() -> Iterator[Figure]:
    for prompts in (50, 200, 800):
        share = controlled_coverage(prompts, SIMULATIONS // 2, How(draws=500))
        what = f"intervals of length-controlled win rates that hold the truth, {prompts} prompts"
        yield Figure(f"controlled-{prompts}", what, 100 * share, "%", bound=at_least(92))


def _key(course: Course) -> str:
    return f"{course.kind}-{course.prompts}x{course.samples}-{course.models}-{course.ties:g}"


def _said(course: Course) -> str:
    models = f", {course.models} models" if course.models > 1 else ""
    ties = f", {course.ties:.0%} ties" if course.ties else ""
    answers = f" x {course.samples} answers" if course.samples > 1 else ""
    return f"{course.kind}, {course.prompts} prompts{answers}{ties}{models}"
