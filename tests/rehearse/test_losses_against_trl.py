"""Our losses and advantages beside TRL's own, on the same tensors."""

from __future__ import annotations

import numpy as np
import pytest

from nova_rft.grpo import advantages, loss
from nova_rft.grpo._advantages import Combine, Scale
from nova_rft.grpo._loss_settings import Kind, Level
from tests.rehearse.trl_advantages import trl_advantages
from tests.rehearse.trl_loss import trl_loss
from tests.seeded_batches import CLIPPED, KINDS, LEVELS, Floats, seeded_batch, seeded_settings

CASES = 40
TRL_NAMES: dict[Combine, str] = {"sum": "sum_then_normalize", "normalise": "normalize_then_sum"}

# TRL 1.16's configuration sets a name that transformers calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:`gradient_checkpointing` is deprecated")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", KINDS)
def test_values_and_gradients_are_those_of_trl(kind: Kind, level: Level) -> None:
    rng = np.random.default_rng(1_000 + KINDS.index(kind) * 2 + LEVELS.index(level))
    furthest = 0.0
    for _ in range(CASES):
        batch = seeded_batch(rng, int(rng.integers(1, 9)), int(rng.integers(1, 30)))
        settings = seeded_settings(rng, kind, level)
        theirs = trl_loss(batch, settings)
        ours = loss(
            batch.logps_NT,
            batch.old_logps_NT,
            batch.advantages_N,
            batch.mask_NT,
            ref_logps_NT=batch.ref_logps_NT,
            entropies_NT=batch.entropies_NT,
            **settings,
        )
        furthest = max(
            furthest,
            apart(ours.gradient_NT, theirs.gradient_NT),
            apart(np.array([ours.value]), np.array([theirs.value])),
        )
        if kind in CLIPPED and settings["delta"] is None and settings["top_entropy_quantile"] == 1:
            tokens = batch.mask_NT.astype(bool)
            if level == "token" and tokens.any():
                assert ours.clipped_NT[tokens].mean() == pytest.approx(theirs.clipped, abs=1e-6)
    print(f"{kind} {level}: {CASES} cases, furthest apart {furthest:.1e}")
    assert furthest < 1e-9


@pytest.mark.parametrize(
    ("scale", "combine"),
    [("group", "sum"), ("batch", "sum"), ("none", "sum"), ("group", "normalise")],
)
def test_advantages_are_those_of_trl(scale: Scale, combine: Combine) -> None:
    """Of rewards without ties by rounding, and without rollouts that lack one reward of several."""
    rng = np.random.default_rng(len(scale) + len(combine))
    furthest = 0.0
    for case in range(CASES):
        size, groups, kinds = (int(rng.integers(low, 7)) for low in (2, 1, 1))
        rewards = rng.choice([0.0, 0.25, 0.5, 1.0], (size * groups, kinds))
        rewards[rng.random(size * groups) < 0.1] = np.nan
        if combine == "normalise" and case % 2:
            rewards[rng.random(rewards.shape) < 0.1] = np.nan
        weights = rng.choice([-0.5, 0.25, 1.0], kinds)
        theirs = trl_advantages(rewards, weights, size, scale, TRL_NAMES[combine])
        numbers = np.repeat(np.arange(groups), size).tolist()
        ours = advantages(
            rewards, numbers, scale=scale, combine=combine, weights_K=weights.tolist()
        )
        furthest = max(furthest, float(np.abs(ours - theirs).max()))
    print(f"{scale} {combine}: {CASES} cases, furthest apart {furthest:.1e}")
    assert furthest < 1e-9


def apart(left: Floats, right: Floats) -> float:
    """The largest difference, beside the largest number."""
    return float(np.abs(left - right).max() / max(np.abs(right).max(), 1e-9))
