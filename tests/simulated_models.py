"""Models whose truth is known, compared as `nova-rft evaluate` does: nothing asked, all tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nova_rft.calibrate import Figure
from nova_rft.data import Message, Rollout
from nova_rft.evaluate import (
    BASE,
    Contender,
    Contrast,
    Evaluation,
    Finding,
    How,
    JudgeFacts,
    Measured,
    Part,
    Plan,
    Sampling,
    conclude,
    passed,
)
from nova_rft.evaluate._length import length_controlled
from nova_rft.evaluate._measures import Measure
from nova_rft.sampling import Prompt
from nova_rft.spec import GainThresholds, OpenAIJudge

Floats = NDArray[np.float64]

KINDS: Final = ("binary", "rare", "skewed", "judge")
OTHERS: Final = ("right", "rubric.one", "rubric.two", "rubric.three")
SLICES: Final = ("topic", "length")


@dataclass(frozen=True)
class Course:
    """What is simulated.

    Attributes:
        kind: How values are spread: binary (with prompts of all difficulties), rare successes, a long
            tail, or a judge's five steps.
        prompts: How many there are.
        samples: Answers to each.
        models: Beside the base.
        gain: By how much they are truly better, in standard deviations of a prompt's difference.
        ties: Share of prompts on which all answer alike.
    """

    kind: str = "binary"
    prompts: int = 100
    samples: int = 1
    models: int = 1
    gain: float = 0.0
    ties: float = 0.0


@dataclass(frozen=True)
class Told:
    """How often something was said.

    Attributes:
        real: `real gain` of any model.
        worse: `worse` of any model.
        anything: Any measure, the primary one included, was called better.
        slices: Any slice was.
        gate: The first passes what `--threshold 0` asks for.
        covered: The first's interval holds 0, the truth of equal models.
        cannot: `cannot tell` of the first.
        needed: Prompts needed, by the first, on average.
    """

    real: float
    worse: float
    anything: float
    slices: float
    gate: float
    covered: float
    cannot: float
    needed: float


def told(course: Course, simulations: int, how: How, seed: int = 0) -> Told:
    """What evaluations say of a course."""
    dice = np.random.default_rng(seed)
    # The questions do not matter, and making them anew would be all that takes time.
    sampling, plan = _sampling(course), _plan()
    found = [_conclude(course, sampling, plan, how, dice) for _ in range(simulations)]

    def share(hits: Sequence[bool]) -> float:
        return sum(hits) / simulations

    return Told(
        share([any(c.verdict.finding is Finding.REAL_GAIN for c in one) for one in found]),
        share([any(c.verdict.finding is Finding.WORSE for c in one) for one in found]),
        share([any(_better(c) for c in one) for one in found]),
        share([any(s.word == "better" for c in one for s in c.slices) for one in found]),
        share([passed(_evaluation(one), GainThresholds(gain=0.0)) for one in found]),
        share([_holds(one[0].verdict.primary.gain.figure, 0.0) for one in found]),
        share([one[0].verdict.finding is Finding.CANNOT_TELL for one in found]),
        float(np.mean([one[0].verdict.needed or 0 for one in found])),
    )


def _holds(figure: Figure, truth: float) -> bool:
    low, high = figure.low, figure.high
    return low is not None and high is not None and low <= truth <= high


def controlled_coverage(prompts: int, simulations: int, how: How, seed: int = 0) -> float:
    """How often the length-controlled win rate's interval holds the truth, a half.

    Equally good models, one of which writes longer; the judge likes what is longer, and ties at times.
    """
    dice = np.random.default_rng(seed)
    held = 0
    for _ in range(simulations):
        longer = dice.normal(100.0, 200.0, size=prompts)
        liked = 1 / (1 + np.exp(-1.5 * np.tanh(longer / np.std(longer))))
        share = (dice.random(prompts) < liked).astype(np.float64)
        share[dice.random(prompts) < 0.2] = 0.5
        figure = length_controlled(share, longer, np.arange(prompts), prompts, how)
        held += _holds(figure, 0.5)
    return held / simulations


def _evaluation(contrasts: tuple[Contrast, ...]) -> Evaluation:
    return Evaluation("p", "v.jsonl", 0, 1, (), JudgeFacts("", False, "", ()), contrasts)


def _better(one: Contrast) -> bool:
    return any(each.word == "better" for each in (one.verdict.primary, *one.measures))


def _conclude(
    course: Course, sampling: Sampling, plan: Plan, how: How, dice: np.random.Generator
) -> tuple[Contrast, ...]:
    names = [one.name for one in sampling.contenders]
    drawn = {what: _values(course, len(names), dice) for what in ("reward", *OTHERS)}
    values = {
        name: {what: one[place] for what, one in drawn.items()} for place, name in enumerate(names)
    }
    nothing: dict[str, dict[str, Floats]] = {name: {} for name in names}
    return conclude(plan, Measured(values, nothing, nothing, {}, {}), sampling, (), how)


def _values(course: Course, models: int, dice: np.random.Generator) -> Floats:
    """Each model's mean over its answers to each prompt: models x prompts."""
    size = (models, course.prompts, course.samples)
    hard = dice.normal(size=(1, course.prompts, 1))
    match course.kind:
        case "binary":
            drawn = (dice.normal(size=size) + hard > 0).astype(np.float64)
        case "rare":
            drawn = (dice.random(size) < 0.05).astype(np.float64)
        case "skewed":
            drawn = dice.lognormal(0.0, 1.5, size=size) + np.exp(hard)
        case _:
            drawn = np.clip(np.round(dice.normal(size=size) + hard), -2, 2) / 4 + 0.5
    means: Floats = drawn.mean(axis=2)
    alike = dice.random(course.prompts) < course.ties
    means[:, alike] = means[0, alike]
    if course.gain:
        spread = float(np.std(means[-1] - means[0]))
        means[1:] += course.gain * spread
    return means


def _plan() -> Plan:
    primary = Measure("reward", "reward")
    others = tuple(Measure(one, "criterion") for one in OTHERS)
    return Plan(None, (), None, None, (), (primary, *others), primary, 0.05, SLICES)


def _sampling(course: Course) -> Sampling:
    dice = np.random.default_rng(1)
    prompts = tuple(
        Prompt(
            str(place),
            place,
            Rollout(
                str(place),
                "",
                (Message("user", f"{place}?"),),
                "",
                None,
                {"topic": str(dice.choice(list("abcdef"))), "length": str(dice.choice(["s", "l"]))},
            ),
        )
        for place in range(course.prompts)
    )
    names = [BASE, *(f"model-{place}" for place in range(course.models))]
    models = [
        Contender(name, OpenAIJudge(provider="openai", base_url="http://localhost/v1", id=name))
        for name in names
    ]
    return Sampling([Part("", "v.jsonl", prompts)], models, course.samples, Path("/nowhere"))
