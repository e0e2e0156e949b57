"""Equal models seldom have a real gain, and models that are better mostly have one."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_limits

from nova_rft.evaluate import How
from tests.simulated_models import Course, Told, told

QUICK = How(draws=400, flips=600)


def shares(course: Course, simulations: int = 60) -> Told:
    # Many small products: threads would only wait for each other.
    with threadpool_limits(1):
        return told(course, simulations, QUICK)


def test_equal_models_seldom_have_a_real_gain() -> None:
    """Of 400 evaluations about 10 would, by the tests' level; more than 20 would be more than 5 %.

    What larger sets give is in docs/evaluate.md, measured by bench/evaluate.py.
    """
    courses = [
        Course("binary", 8),
        Course("binary", 60),
        Course("rare", 60),
        Course("skewed", 40),
        Course("judge", 40, samples=4, ties=0.5),
        Course("judge", 30, models=3),
        Course("skewed", 20, samples=2, models=2),
        Course("binary", 25, samples=3),
    ]
    found = [shares(course, 50) for course in courses]
    assert sum(50 * one.real for one in found) <= 20, found
    assert sum(50 * one.gate for one in found) <= 20, found
    assert all(one.real <= 0.12 for one in found), found


@pytest.mark.parametrize("kind", ["binary", "judge"])
def test_a_real_gain_is_found_as_often_as_its_power_says(kind: str) -> None:
    # 100 prompts show 0.28 deviations in four of five evaluations.
    found = shares(Course(kind, 100, gain=0.28), 100)
    assert 0.65 <= found.real <= 0.95, found
    assert found.worse == 0


def test_models_that_are_worse_are_told() -> None:
    found = shares(Course("judge", 100, gain=-0.5), 20)
    assert found.worse >= 0.9 and found.real == 0
