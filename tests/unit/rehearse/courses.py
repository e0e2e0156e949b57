"""Rehearsals as they go, made up: figures that move along a line from step to step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nova_rft.rehearse import RewardFacts, Step, TermFacts

Way = tuple[float, float] | Sequence[float]

RIGHT = TermFacts("right", "match", "verifier", paid=True, checks=False)
THOROUGH = TermFacts("thorough", "python", "function", paid=True, checks=False)
FORM = TermFacts("form", "json_schema", "verifier", paid=True, checks=False)
JUDGE = TermFacts("judge", "rubric", "judge", paid=True, checks=False)
OVERLONG = TermFacts("overlong", "soft_overlong", "penalty", paid=True, checks=False)
TRUTH = TermFacts("truth", "python", "function", paid=False, checks=True)


def facts(
    *terms: TermFacts, low: float = 0.0, high: float = 1.0, kind: str = "apart", **more: bool
) -> RewardFacts:
    """A reward's facts."""
    return RewardFacts(terms or (RIGHT, TRUTH), low, high, kind, **more)  # type: ignore[arg-type]


def steps(count: int = 60, looks: bool = True, **ways: Way) -> list[Step]:
    """Steps whose figures move as asked: from one value to another, or through several.

    Names take `weighted_right` for `weighted:right`. Rewards differ by half inside a step, and checks as
    shares do, where nothing else is said.
    """
    found = [_step(number, count, ways) for number in range(count)]
    if looks:
        ends = [_step(0, count, ways), _step(count, count, ways)]
        found = [_held(ends[0], 0), *found, _held(ends[1], count)]
    return found


def _held(step: Step, number: int) -> Step:
    return Step(number, step.figures, 128, held_out=True)


def _step(number: int, count: int, ways: Mapping[str, Way]) -> Step:
    figures = {
        name.replace("weighted_", "weighted:").replace("check_of_", "check:"): _at(
            way, number / max(count - 1, 1)
        )
        for name, way in ways.items()
    }
    figures.setdefault("reward_deviation", 0.5)
    if "check" in figures:
        share = min(max(figures["check"], 0.0), 1.0)
        figures.setdefault("check_deviation", (share * (1 - share)) ** 0.5)
    return Step(number, figures, 64, seconds=float(number))


def _at(way: Way, share: float) -> float:
    place = min(share, 1.0) * (len(way) - 1)
    before = min(int(place), len(way) - 2)
    return way[before] + (way[before + 1] - way[before]) * (place - before)
