"""How much to sample next time, by what a job's rollouts earned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nova_rft.grpo import diagnose
from nova_rft.report._columns import Columns
from nova_rft.report._summary import Statement
from nova_rft.report._wording import percent
from nova_rft.spec import RewardSpec


def about_sampling(columns: Columns, reward: RewardSpec | None) -> Iterator[Statement]:
    """How many rollouts and prompts such groups ask for; nothing where nothing was scored."""
    if reward is None:
        return
    rewards_N = np.where(columns.scored_N, columns.wire_N, np.nan)
    advice = diagnose(rewards_N, columns.group_N.tolist(), reward_range=reward.range).advice
    if advice is None:
        return
    samples = advice.samples_per_prompt
    telling = next(size.telling for size in advice.sizes if size.samples == samples)
    yield Statement(
        "plain",
        f"For prompts like these, {samples} rollouts of each and {advice.batch_size} prompts in a step "
        f"are advised: {percent(round(telling, 3))} of such groups are expected to teach.",
    )
