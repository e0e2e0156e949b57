"""Rollouts as columns, for `nova_rft.grpo`: groups, rewards, terms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nova_rft.errors import UsageError
from nova_rft.rollouts._read import Seen
from nova_rft.spec import Combine, RewardSpec

_SHOWN: Final = 90


@dataclass(frozen=True, slots=True)
class Columns:
    """What the rollouts are, each list in their order.

    Attributes:
        rewards_N: NaN for an abstention.
        groups_N: The prompt's group; where one comes back in another event, it is numbered.
        values: Raw value of each of the reward's terms by name; NaN where it has none.
        weighted: Likewise what each brought into the reward, of the terms that count; none where the
            reward is a product, which has no shares of a sum.
        texts: By group, the prompt's last words.
    """

    rewards_N: list[float]
    groups_N: list[str]
    values: dict[str, list[float]]
    weighted: dict[str, list[float]]
    texts: dict[str, str]


def columns_of(seen: Sequence[Seen], reward: RewardSpec, where: str) -> Columns:
    """Lays rollouts out for a comparison inside groups.

    Args:
        seen: Scored rollouts.
        reward: Names the terms.
        where: What is said to hold them, for errors.

    Raises:
        UsageError: there are none, they are not scored, or no prompt has two of them.
    """
    if not seen:
        raise UsageError(f"{where}: holds no rollouts; draw some with nova-rft preview")
    unscored = sum(not one.scored for one in seen)
    if unscored:
        raise UsageError(
            f"{where}: {unscored:,} of {len(seen):,} rollouts are not scored; score them all"
        )
    groups = _groups(seen)
    if len(set(groups)) == len(groups):
        raise UsageError(
            f"{where}: each prompt has a single rollout, so there is nothing to compare; draw several "
            "of each, such as nova-rft preview -n 8"
        )
    summed = [t.name for t in reward.terms if t.weight and reward.combine is not _PRODUCT]
    return Columns(
        rewards_N=[math.nan if one.reward is None else one.reward for one in seen],
        groups_N=groups,
        values={t.name: [one.values.get(t.name, math.nan) for one in seen] for t in reward.terms},
        weighted={
            name: [one.weighted.get(name, math.nan) for one in seen]
            for name in summed
            if any(name in one.weighted for one in seen)
        },
        texts={
            group: _last_words(one.rollout.prompt_text)
            for group, one in zip(reversed(groups), reversed(seen), strict=True)
        },
    )


_PRODUCT: Final = Combine.GATED_PRODUCT


def _groups(seen: Sequence[Seen]) -> list[str]:
    """Each group's name, with a number from its second event on."""
    events: dict[str, dict[str, int]] = {}
    named = []
    for one in seen:
        known = events.setdefault(one.rollout.group, {})
        number = known.setdefault(one.event, len(known) + 1)
        named.append(one.rollout.group if number == 1 else f"{one.rollout.group} ({number})")
    return named


def _last_words(text: str) -> str:
    """The end of a prompt, where the question mostly stands, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"\u2026{line[1 - _SHOWN :]}"
