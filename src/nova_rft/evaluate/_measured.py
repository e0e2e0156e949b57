"""Having all answers scored and compared in pairs; what money buys ends here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from nova_rft.calibrate.metrics import Floats
from nova_rft.data import Rollout
from nova_rft.evaluate._contender import BASE, Contender
from nova_rft.evaluate._measures import (
    REWARD,
    WIN_RATE,
    Measure,
    habits_reward,
)
from nova_rft.evaluate._pairs import Pair, play, shares
from nova_rft.evaluate._plan import Plan
from nova_rft.evaluate._sampling import Part, Sampling
from nova_rft.evaluate._score import mean_of, score
from nova_rft.reward import JudgeModels, RewardFunction
from nova_rft.spec import RewardSpec

HABITS: Final = (
    Measure("characters", "habit", 0, 0.0),
    Measure("repetition", "habit", -1),
    Measure("refusal", "habit", -1),
    Measure("hedging", "habit", -1),
    Measure("flattery", "habit", -1),
    Measure("cut_off", "habit", -1),
)
# What services call the end of an answer that was too long.
CUT_OFF: Final = ("max_tokens", "length", "model_context_window_exceeded")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """All values, prompt by prompt.

    Attributes:
        values: By contender and measure; the win rate's are shares won, the base's a half.
        habits: By contender and habit.
        skills: By contender and skill.
        pairs: By contender, and how many could not be judged.
        unscored: By contender and cause, answers whose reward could not be told.
    """

    values: Mapping[str, Mapping[str, Floats]]
    habits: Mapping[str, Mapping[str, Floats]]
    skills: Mapping[str, Mapping[str, Floats]]
    pairs: Mapping[str, tuple[list[Pair], int]]
    unscored: Mapping[str, Mapping[str, int]]


def measured(
    plan: Plan,
    sampling: Sampling,
    models: JudgeModels,
    folder: Path,
    progress: Progress = lambda _: None,
) -> Measured:
    """Scores every contender's answers to every part, and has pairs compared.

    Args:
        plan: What is measured.
        sampling: The answers.
        models: Judge models, with whatever keeps their replies around them.
        folder: The spec's, for files that the reward names.
        progress: Told each step in a few words.

    Raises:
        BudgetSpent: a judge could not be paid.
    """
    main, *skills = sampling.parts
    groups = {one.name: sampling.rollouts(one, main) for one in sampling.contenders}
    work = _Work(models, folder, progress)
    values: dict[str, dict[str, Floats]] = {name: {} for name in groups}
    unscored: dict[str, Mapping[str, int]] = {name: {} for name in groups}
    for reward in plan.rewards:
        for name, mine in groups.items():
            found, causes = work.score(reward, mine, f"scoring {name}")
            own = reward is plan.reward
            # A rubric apart is a reward to its function alone.
            values[name] |= {k: v for k, v in found.items() if own or k != REWARD}
            unscored[name] = causes if own else unscored[name]
    pairs = {}
    if plan.pairs is not None:
        judge = models(plan.pairs.model)
        for name, mine in groups.items():
            if name == BASE:
                continue
            played = play(plan.pairs, judge, mine, groups[BASE], work.told(f"comparing {name}"))
            pairs[name] = played
            values[name][WIN_RATE] = shares(played[0], len(main.prompts))
        values[BASE][WIN_RATE] = np.full(len(main.prompts), 0.5)
    habits = habits_reward(plan.reward or plan.rewards[0]) if plan.rewards else None
    return Measured(
        values,
        {one.name: work.habits(sampling, one, main, habits) for one in sampling.contenders},
        {one.name: work.skills(plan, sampling, one, skills) for one in sampling.contenders},
        pairs,
        unscored,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """What all scoring needs."""

    models: JudgeModels
    folder: Path
    progress: Progress

    def told(self, what: str) -> Callable[[int, int], None]:
        return lambda done, of: self.progress(f"{what}: {done:,} of {of:,} prompts")

    def score(
        self, reward: RewardSpec, groups: Sequence[Sequence[Rollout]], what: str
    ) -> tuple[dict[str, Floats], Mapping[str, int]]:
        function = RewardFunction(reward, self.models, folder=self.folder)
        found = score(function, groups, self.told(what))
        return dict(found.means), found.unscored

    def skills(
        self, plan: Plan, sampling: Sampling, one: Contender, parts: Sequence[Part]
    ) -> dict[str, Floats]:
        found = {}
        for (skill, reward), part in zip(plan.skills, parts, strict=True):
            told, _ = self.score(
                reward, sampling.rollouts(one, part), f"{skill.name} of {one.name}"
            )
            found[skill.name] = told.get(REWARD, np.full(len(part.prompts), np.nan))
        return found

    def habits(
        self, sampling: Sampling, one: Contender, part: Part, reward: RewardSpec | None
    ) -> dict[str, Floats]:
        said = [sampling.said(one, prompt) for prompt in part.prompts]
        found = {
            "characters": mean_of([[float(len(each.text)) for each in some] for some in said]),
            "cut_off": mean_of([[float(each.stop in CUT_OFF) for each in some] for some in said]),
        }
        if reward is not None:
            told, _ = self.score(reward, sampling.rollouts(one, part), f"habits of {one.name}")
            # Penalties lie below 0; a habit is how much there is of it.
            found |= {name: -value_C for name, value_C in told.items() if name != REWARD}
        return found
