"""For how long the pipeline's machine tries again: as its comment and docs/pipeline.md say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import factorial, prod

from nova_rft.spec import Pipeline


def pauses() -> list[int]:
    """The longest that each pause can be, in seconds."""
    from machine import definition

    made = definition(Pipeline(), "arn:aws:lambda:r:1:function:f", "https://queue")
    (retry,) = made["States"]["Submit"]["Retry"]
    assert retry["JitterStrategy"] == "FULL"
    first, rate, most = retry["IntervalSeconds"], retry["BackoffRate"], retry["MaxDelaySeconds"]
    return [int(min(most, first * rate**n)) for n in range(retry["MaxAttempts"])]


def below(longest: Sequence[int], seconds: int) -> Fraction:
    """The chance that pauses, each drawn evenly from nothing to its longest, sum to less.

    By inclusion and exclusion over the pauses' longest values, in whole numbers: the volume of the box
    of pauses below the plane of that sum.
    """
    signs = Counter({0: 1})
    for one in longest:
        further = Counter(signs)
        for total, sign in signs.items():
            further[total + one] -= sign
        signs = further
    count = len(longest)
    volume = sum(sign * max(seconds - total, 0) ** count for total, sign in signs.items())
    return Fraction(volume, factorial(count) * prod(longest))


def test_the_chance_is_that_of_sums_that_are_known() -> None:
    assert below([10], 3) == Fraction(3, 10)
    assert below([1, 1], 1) == Fraction(1, 2)
    assert below([2, 4], 6) == 1
    # Twelve tries would be given up within ten minutes in one case of ten.
    assert round(float(below(pauses()[:12], 600)), 3) == 0.096


def test_ten_minutes_of_refusals_are_outlasted_but_by_rare_chance() -> None:
    longest = pauses()
    assert (len(longest), sum(longest) / 2) == (15, 1305)
    assert round(1 / below(longest, 600)) == 735
