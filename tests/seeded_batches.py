"""Batches of rollouts and settings of losses, drawn by a seed, for tests and benches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from nova_rft.grpo import advantages
from nova_rft.grpo._loss_settings import Kind, Level

Floats = NDArray[np.float64]
KINDS: tuple[Kind, ...] = get_args(Kind)
LEVELS: tuple[Level, ...] = get_args(Level)
CLIPPED: tuple[Kind, ...] = ("grpo", "bnpo", "dapo", "dr_grpo", "luspo")


@dataclass(frozen=True, slots=True)
class SeededBatch:
    """Tensors of one update; padding holds numbers that must not matter."""

    logps_NT: Floats
    old_logps_NT: Floats
    ref_logps_NT: Floats
    entropies_NT: Floats
    mask_NT: NDArray[np.int64]
    advantages_N: Floats


def seeded_batch(rng: np.random.Generator, rollouts: int, tokens: int) -> SeededBatch:
    """Ragged rollouts, the first without tokens now and then; groups of all sizes, some of one or tied.

    Entropies are multiples of 1/16, so that some are equal and single precision holds them.
    """
    lengths = rng.integers(1, tokens + 1, rollouts)
    lengths[0] = rng.integers(0, tokens + 1)
    mask = (np.arange(tokens) < lengths[:, None]).astype(np.int64)
    # Tools' words in the middle.
    mask[rng.random(mask.shape) < 0.05] = 0
    old = -rng.gamma(1.0, 1.0, mask.shape)
    spread = rng.choice([0.02, 0.3, 1.0])
    groups = np.sort(rng.integers(0, max(rollouts // 2, 1), rollouts)).tolist()
    return SeededBatch(
        logps_NT=np.minimum(old + spread * rng.standard_normal(mask.shape), 0.0),
        old_logps_NT=old,
        ref_logps_NT=np.minimum(old + spread * rng.standard_normal(mask.shape), 0.0),
        entropies_NT=np.round(rng.gamma(1.0, 1.0, mask.shape) * 16) / 16,
        mask_NT=mask,
        advantages_N=advantages(rng.choice([0.0, 0.5, 1.0], rollouts), groups),
    )


def seeded_settings(rng: np.random.Generator, kind: Kind, level: Level) -> dict[str, Any]:
    """Settings that go together; what may be left out is left out half of the time."""
    high = float(rng.choice([0.2, 0.28, 0.6]))
    found: dict[str, Any] = {
        "kind": kind,
        "level": level,
        "epsilon_low": float(rng.choice([0.1, 0.2])),
        "beta": float(rng.choice([0.0, 0.04])),
        "unbiased_kl": bool(rng.random() < 0.5),
        "top_entropy_quantile": float(rng.choice([1.0, 0.2, 0.5])),
        "max_length": 1_000,
    }
    if kind in CLIPPED:
        found["epsilon_high"] = high
        found["delta"] = float(1 + high + 0.3) if rng.random() < 0.5 else None
    if kind == "cispo":
        found["epsilon_high"] = float(rng.choice([1.1, 5.0]))
    if kind in ("dapo", "cispo", "vespo"):
        found["window_tokens"] = float(rng.integers(1, 200)) if rng.random() < 0.5 else None
    if kind == "sapo" and rng.random() < 0.5:
        found["temperatures"] = (0.7, 2.0)
    if kind == "vespo" and rng.random() < 0.5:
        found["gamma_shapes"] = ((1.5, 1.0), (2.0, 2.5))
    return found
