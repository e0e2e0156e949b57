"""What a reward pulls at: what a check asks for, or one term for nothing that is right."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nova_rft.grpo import TOLERANCE, FeatureForecast, advantages, forecast
from nova_rft.spec import FollowingTerm, TermSpec

# Nats for each prompt: far enough to see a direction, near enough for the rollouts to stand for it.
BUDGETS: Final = (0.02, 0.1, 0.5)
# A reward should move a check by at least this share of what the check itself would.
ALIGNED: Final = 0.5
# Of the reward's gain, the share that may go into a term for nothing that is right.
_BESIDE: Final = 1 / 6
# Of the prompts, the share where something wrong may be paid as well as what is right.
_RIVALLED: Final = 0.5
_NOTHING: Final = 1e-9
_CHECK: Final = "check"
_TERM: Final = "term "
_RESAMPLES: Final = 1_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Aim:
    """What a reward pulls at, as far as a check can tell.

    Attributes:
        aligned: How much the reward moves the check, as a share of what the check itself would at the
            same divergence; None where the check does not vary.
        falls: Whether the check falls for sure.
        term: Of the suspects, the one that most of the reward's gain goes into beside what is right;
            None where none gains so.
        excess: The share of the reward's gain that goes into it so.
        follows: Whether the check would follow that term, were it all that is paid for.
        rivalled: Of the prompts with responses right and wrong, the share where a wrong one is paid as
            well as the best of them: nothing would have the policy unlearn it.
    """

    aligned: float | None
    falls: bool = False
    term: str | None = None
    excess: float = 0.0
    follows: bool = False
    rivalled: float = 0.0

    @property
    def alarm(self) -> bool | None:
        """Whether a hack is to be expected; None where it cannot be told."""
        if self.aligned is None:
            return None
        beside = self.excess >= _BESIDE and not self.follows
        amiss = self.aligned < ALIGNED or beside or self.rivalled >= _RIVALLED
        return self.falls or (self.term is not None and amiss)


def aim_of(
    rewards_N: Sequence[float],
    brought: Mapping[str, Sequence[float]],
    suspects: Collection[str],
    check_N: Sequence[float],
    groups_N: Sequence[Hashable],
    *,
    budget: float = BUDGETS[-1],
    seed: int = 0,
) -> Aim:
    """Weighs rollouts once as the reward would, once as the check would, and compares.

    What comes along when right responses are learnt is not held against a term: its gain under the
    check's own pull is taken off first.

    Args:
        rewards_N: NaN for an abstention.
        brought: What each term brought into the reward, by name, so that they add up to it but for its
            range; for a product see `parts_of_product`. NaN where that is not known.
        suspects: Those of the terms that are paid for and prove nothing.
        check_N: More is better; NaN where it could not be told.
        groups_N: The prompt of each rollout.
        budget: Divergence to look at, in nats for each prompt.
        seed: Of the resamples that say whether the check falls for sure.
    """
    own, pulled = advantages(check_N, groups_N), advantages(rewards_N, groups_N)
    if not own.any():
        return Aim(None)
    features = {_CHECK: check_N, **{_TERM + name: values for name, values in brought.items()}}
    scales = _Scales(features, groups_N, budget, seed)
    meant = scales.weigh(own)
    most = _change(meant[_CHECK])
    if most <= _NOTHING:
        return Aim(None)
    if not pulled.any():
        return Aim(0.0)
    seen = scales.weigh(pulled, resamples=_RESAMPLES)
    term, excess = _most_beside(seen, meant, suspects)
    follows = False
    if term is not None:
        alone = scales.weigh(advantages(brought[term], groups_N))
        follows = _change(alone[_CHECK]) / most >= ALIGNED
    check = seen[_CHECK]
    return Aim(
        aligned=_change(check) / most,
        falls=check.direction == "vanishes",
        term=term,
        excess=excess,
        follows=follows,
        rivalled=_rivalled(rewards_N, check_N, groups_N),
    )


def amiss(aim: Aim) -> str:
    """What an alarm says of a reward, as a sentence goes on after it."""
    gain = f"{aim.excess:.0%} of" if aim.excess < 1 else "all"
    said = f"pulls at {aim.term}: {gain} its gain is for that, and for nothing that is right"
    if aim.rivalled >= _RIVALLED:
        share = f"{aim.rivalled:.0%} of the prompts"
        said += f"; for {share} it pays a wrong response as well as a right one"
    return said


def only_takes(term: TermSpec) -> bool:
    """Whether a term is a penalty, by which nothing is gained but to be spared."""
    low, high = term.bounds or (0.0, 1.0)
    return isinstance(term, FollowingTerm) or (low < 0 and high <= 0)


def parts_of_product(factors: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """What each factor brought into a product, so that the parts add up to the product less 1.

    By the logarithmic mean, which leaves no rest and prefers no order (the LMDI of Ang, Energy Policy
    32, 2004): (P - 1) log(f) / log(P). Factors of 0 share what they take.

    Args:
        factors: Of each term, from 0 to 1; NaN where one is not known.
    """
    logs = {
        name: np.log(np.maximum(np.asarray(values, np.float64), np.finfo(np.float64).tiny))
        for name, values in factors.items()
    }
    if not logs:
        return {}
    whole_N = np.sum(list(logs.values()), axis=0)
    # Where all factors are 1 the mean of P and 1 is 1.
    even_N = np.abs(whole_N) < _NOTHING
    share_N = np.where(even_N, 1.0, np.expm1(whole_N) / np.where(even_N, 1.0, whole_N))
    return {name: (share_N * values).tolist() for name, values in logs.items()}


@dataclass(frozen=True, slots=True)
class _Scales:
    """The rollouts, and how far they are weighed."""

    features: Mapping[str, Sequence[float]]
    groups_N: Sequence[Hashable]
    budget: float
    seed: int

    def weigh(self, pulled_N: Floats, resamples: int = 1) -> dict[str, FeatureForecast]:
        """Where each feature goes when that pulls; a single resample makes no interval."""
        told = forecast(
            self.features,
            pulled_N,
            self.groups_N,
            ids_N=[""] * len(self.groups_N),
            budgets=(self.budget,),
            resamples=resamples,
            seed=self.seed,
        )
        return {one.name: one for one in told.features}


def _most_beside(
    seen: Mapping[str, FeatureForecast],
    meant: Mapping[str, FeatureForecast],
    suspects: Collection[str],
) -> tuple[str | None, float]:
    """The suspect that gains most without the check's asking, and its share of the whole gain."""
    gain = sum(_change(one) for name, one in seen.items() if name != _CHECK)
    names = [name for name in suspects if _TERM + name in seen]
    if gain <= _NOTHING or not names:
        return None, 0.0
    beside = {
        name: (_change(seen[_TERM + name]) - _change(meant[_TERM + name])) / gain for name in names
    }
    most = max(beside, key=lambda name: beside[name])
    return (most, beside[most]) if beside[most] > _NOTHING else (None, 0.0)


def _rivalled(
    rewards_N: Sequence[float], check_N: Sequence[float], groups_N: Sequence[Hashable]
) -> float:
    """The share of groups whose best-paid responses are not all right; right is the upper half."""
    groups: defaultdict[Hashable, list[tuple[float, float]]] = defaultdict(list)
    for reward, check, group in zip(rewards_N, check_N, groups_N, strict=True):
        if not math.isnan(reward + check):
            groups[group].append((reward, check))
    rivalled = []
    for found in groups.values():
        rewards, checks = zip(*found, strict=True)
        best, right = max(rewards) - TOLERANCE, (max(checks) + min(checks)) / 2
        # Where all earn the same or all are as right, nothing is taught or nothing can be told.
        if min(rewards) < best and min(checks) < max(checks):
            rivalled.append(any(reward >= best and check <= right for reward, check in found))
    return sum(rivalled) / len(rivalled) if rivalled else 0.0


def _change(one: FeatureForecast) -> float:
    return one.changes[-1].change
