"""What goes over the wire for a rollout that could not be scored, by `on_abstain`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nova_rft.errors import FindingsError
from nova_rft.outcome import Score
from nova_rft.reward._compose import Rule
from nova_rft.reward._score import Scored
from nova_rft.spec import OnAbstain, RewardSpec


class RewardAbstained(FindingsError):
    """A rollout could not be scored and the spec's `on_abstain` is `raise`."""


def settle(scored: Sequence[Scored], spec: RewardSpec) -> list[Scored]:
    """Decides what goes over the wire for each rollout of one event, by `on_abstain`.

    Raises:
        RewardAbstained: something was not scored and `on_abstain` is `raise`.
    """
    means = group_means(
        (one.group, one.outcome.value) for one in scored if isinstance(one.outcome, Score)
    )
    return [_settled(one, spec, means) for one in scored]


def group_means(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The mean of each group's values."""
    found: dict[str, list[float]] = {}
    for group, value in values:
        found.setdefault(group, []).append(value)
    return {group: math.fsum(some) / len(some) for group, some in found.items()}


def _settled(one: Scored, spec: RewardSpec, means: Mapping[str, float]) -> Scored:
    if isinstance(one.outcome, Score):
        return replace(one, wire=one.outcome.value)
    if spec.on_abstain is OnAbstain.RAISE:
        raise RewardAbstained(
            f"rollout {one.id!r} could not be scored ({one.outcome.cause}: {one.outcome.detail}) "
            "and the spec says on_abstain: raise"
        )
    return replace(one, wire=_imputed(one, spec, means))


def _imputed(one: Scored, spec: RewardSpec, means: Mapping[str, float]) -> float:
    low, high = spec.range
    neutral = (low + high) / 2
    if spec.on_abstain is OnAbstain.VERIFIERS:
        known = spec.deterministic_terms
        if all(term.name in one.values or term.weight == 0 for term in known):
            rule = Rule(spec, known)
            return rule.total(rule.parts(one.values))
    if spec.on_abstain is OnAbstain.NEUTRAL:
        return neutral
    # Where no sibling was scored all of the group get the same, so no advantage arises either.
    return means.get(one.group, neutral)
