"""From values to findings: what is tested together, what is corrected how, and what it comes to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._correct import benjamini_hochberg, holm
from nova_rft.calibrate._figure import LEAST
from nova_rft.calibrate.metrics import Floats
from nova_rft.data import reference_text
from nova_rft.errors import UsageError
from nova_rft.evaluate._compare import Column, Comparison, columns_of, compare, sliced
from nova_rft.evaluate._contender import BASE
from nova_rft.evaluate._evaluation import Contrast, Example
from nova_rft.evaluate._gain import How
from nova_rft.evaluate._measured import HABITS, Measured
from nova_rft.evaluate._measures import WIN_RATE, Measure
from nova_rft.evaluate._pairs import Wins, wins
from nova_rft.evaluate._plan import Plan
from nova_rft.evaluate._sampling import Sampling
from nova_rft.evaluate._verdict import SkillResult, verdict_of
from nova_rft.sampling import Prompt
from nova_rft.spec import Skill

# More values make slices of a few prompts each.
_MOST_SLICES: Final = 30
_EXAMPLES: Final = 4


@dataclass(frozen=True, slots=True)
class _Compared:
    """One contender against the base, p not corrected beyond itself."""

    name: str
    primary: Comparison
    measures: list[Comparison]
    habits: list[Comparison]
    slices: list[Comparison]
    skills: list[Comparison]
    wins: Wins | None


def conclude(
    plan: Plan, found: Measured, sampling: Sampling, limits: Sequence[str], how: How
) -> tuple[Contrast, ...]:
    """Every contender against the base.

    Tested together, and corrected by Holm: the primary measure over contenders; all other measures and
    habits of all contenders; skills of all contenders. Slices are exploratory: of each contender's the
    false discovery rate is held (Benjamini and Hochberg).

    Args:
        plan: What was measured.
        found: The values.
        sampling: The answers.
        limits: What limits every verdict, in sentences.
        how: How intervals and tests are made.

    Raises:
        UsageError: a field of slices has too many values, or none.
    """
    prompts = sampling.parts[0].prompts
    labels = {field: slice_labels(prompts, field) for field in plan.slices}
    names = [one.name for one in sampling.contenders if one.name != BASE]
    compared = [_compared(plan, found, name, labels, how) for name in names]
    primary = _holm([one.primary for one in compared])
    beside = iter(_holm([each for one in compared for each in (*one.measures, *one.habits)]))
    kept = iter(_holm([each for one in compared for each in one.skills]))
    contrasts = []
    for one, first in zip(compared, primary, strict=True):
        measures = tuple(next(beside) for _ in one.measures)
        habits = tuple(next(beside) for _ in one.habits)
        skills = tuple(
            _skill(skill, each)
            for (skill, _), each in zip(plan.skills, [next(kept) for _ in one.skills], strict=True)
        )
        own = [*_missing(sampling, found, one.name, first), *limits]
        contrasts.append(
            Contrast(
                one.name,
                verdict_of(one.name, BASE, first, plan.smallest, tuple(own)),
                measures,
                habits,
                tuple(_slices(one.slices)),
                skills,
                one.wins,
                _examples(plan, found, sampling, one.name),
            )
        )
    return tuple(contrasts)


def _compared(
    plan: Plan,
    found: Measured,
    name: str,
    labels: Mapping[str, Sequence[str | None]],
    how: How,
) -> _Compared:
    base, mine = found.values[BASE], found.values[name]
    nothing_C = np.full(len(next(iter(base.values()), np.empty(0))), math.nan)
    first = Column(
        plan.primary,
        base.get(plan.primary.name, nothing_C),
        mine.get(plan.primary.name, nothing_C),
    )
    others = columns_of([one for one in plan.measures if one != plan.primary], base, mine)
    habits = columns_of(HABITS, found.habits[BASE], found.habits[name])
    parts = sliced(first, labels)
    told = compare([first, *others, *habits, *parts], how)
    ends = np.cumsum([1, len(others), len(habits)]).tolist()
    skills = [
        compare([Column(Measure(skill.name, "skill"), before_C, after_C)], how)[0]
        for skill, before_C, after_C in _skills(plan, found, name)
    ]
    return _Compared(
        name,
        told[0],
        told[ends[0] : ends[1]],
        told[ends[1] : ends[2]],
        told[ends[2] :],
        skills,
        _wins(found, name, told, how),
    )


def _skills(plan: Plan, found: Measured, name: str) -> list[tuple[Skill, Floats, Floats]]:
    return [
        (skill, found.skills[BASE][skill.name], found.skills[name][skill.name])
        for skill, _ in plan.skills
    ]


def _wins(found: Measured, name: str, told: Sequence[Comparison], how: How) -> Wins | None:
    if name not in found.pairs:
        return None
    pairs, unjudged = found.pairs[name]
    gain = next(one.gain for one in told if one.measure.name == WIN_RATE and not one.slice)
    return wins(pairs, unjudged, gain, len(found.values[BASE][WIN_RATE]), how)


def _holm(found: Sequence[Comparison]) -> list[Comparison]:
    corrected = holm([one.gain.p for one in found])
    return [replace(one, corrected=p) for one, p in zip(found, corrected, strict=True)]


def _slices(found: Sequence[Comparison]) -> list[Comparison]:
    """Those with prompts enough are corrected together; others claim nothing."""
    enough = [one for one in found if one.gain.prompts >= LEAST]
    corrected = iter(benjamini_hochberg([one.gain.p for one in enough]))
    return [
        replace(one, corrected=next(corrected) if one.gain.prompts >= LEAST else 1.0)
        for one in found
    ]


def _skill(skill: Skill, one: Comparison) -> SkillResult:
    return SkillResult(skill.name, skill.margin, one, one.gain.needed(skill.margin))


def _missing(sampling: Sampling, found: Measured, name: str, first: Comparison) -> list[str]:
    """What is not in the figures, in sentences."""
    asked = len(sampling.parts[0].prompts)
    says = []
    left = asked - first.gain.prompts
    if left:
        says.append(
            f"{left:,} of {asked:,} prompts are not in it: {first.measure.name} could not be told of "
            "both models."
        )
    wins = found.pairs.get(name)
    if wins and wins[1]:
        says.append(f"{wins[1]:,} pairs could not be judged.")
    return says


def slice_labels(prompts: Sequence[Prompt], field: str) -> list[str | None]:
    """The value of a field at each prompt, as text; None where it has none.

    Raises:
        UsageError: no record has the field, or it has too many values.
    """
    found = [_label(prompt.rollout.metadata.get(field)) for prompt in prompts]
    values = Counter(one for one in found if one is not None)
    if not values:
        raise UsageError(f"--slice {field}: no record has such a field")
    if len(values) > _MOST_SLICES:
        raise UsageError(
            f"--slice {field}: has {len(values):,} values; name a field with {_MOST_SLICES} at most"
        )
    return found


def _label(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) and value != "" else None


def _examples(plan: Plan, found: Measured, sampling: Sampling, name: str) -> tuple[Example, ...]:
    """Prompts at which the primary measure gained most and lost most."""
    what = plan.primary.name
    base_C, mine_C = (found.values[one].get(what) for one in (BASE, name))
    if base_C is None or mine_C is None:
        return ()
    gain_C = Column(plan.primary, base_C, mine_C).difference_C
    order = [int(place) for place in np.argsort(-gain_C) if np.isfinite(gain_C[place])]
    gained = [place for place in order[:_EXAMPLES] if gain_C[place] > 0]
    lost = [place for place in reversed(order[-_EXAMPLES:]) if gain_C[place] < 0]
    reasons = {one.prompt: one.reason for one in found.pairs.get(name, ([], 0))[0]}
    contenders = {one.name: one for one in sampling.contenders if one.name in (BASE, name)}
    made = []
    for place in (*gained, *lost):
        prompt = sampling.parts[0].prompts[place]
        said = {who: sampling.said(one, prompt) for who, one in contenders.items()}
        made.append(
            Example(
                "gained most" if place in gained else "lost most",
                prompt.rollout.prompt_text,
                reference_text(prompt.rollout.reference) or "",
                {who: some[0].text if some else "" for who, some in said.items()},
                {BASE: float(base_C[place]), name: float(mine_C[place])},
                reasons.get(place, ""),
            )
        )
    return tuple(made)
