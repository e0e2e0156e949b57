"""The losses once more, from their formulas, one number after the other: a reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.seeded_batches import SeededBatch

Rows = Sequence[Sequence[float]]


def slow_loss(logps: Rows, held: Rows, batch: SeededBatch, settings: dict[str, Any]) -> float:
    """The loss; weights through which no derivative goes are taken from `held` instead of `logps`."""
    kind, rows = settings["kind"], range(len(logps))
    tokens = [[t for t, m in enumerate(batch.mask_NT[i]) if m] for i in rows]
    total = sum(map(len, tokens))
    chosen = _chosen(batch, settings["top_entropy_quantile"])
    value = 0.0
    for i in rows:
        length = max(len(tokens[i]), 1)
        share = {
            "grpo": 1 / length / len(logps),
            "sapo": 1 / length / len(logps),
            "luspo": 1 / len(logps),
            "dr_grpo": 1 / len(logps) / settings["max_length"],
            "bnpo": 1 / max(total, 1),
        }.get(kind, 1 / (settings.get("window_tokens") or max(total, 1)))
        for t in tokens[i]:
            ratio = _ratio(logps, batch, tokens[i], i, t, settings["level"])
            if (i, t) in chosen:
                frozen = _ratio(held, batch, tokens[i], i, t, settings["level"])
                value += share * _policy(
                    logps[i][t], ratio, frozen, held, tokens[i], i, batch, settings
                )
            if settings["beta"]:
                gap = float(batch.ref_logps_NT[i, t]) - logps[i][t]
                apart = {"k1": -gap, "k2": gap * gap / 2, "k3": math.exp(gap) - gap - 1}
                factor = ratio if settings["unbiased_kl"] else 1.0
                value += share * settings["beta"] * factor * apart[settings.get("kl", "k3")]
    return value


def _ratio(logps: Rows, batch: SeededBatch, tokens: list[int], i: int, t: int, level: str) -> float:
    gaps = {s: logps[i][s] - float(batch.old_logps_NT[i, s]) for s in tokens}
    return math.exp(gaps[t] if level == "token" else sum(gaps.values()) / len(gaps))


def _policy(
    logp: float,
    ratio: float,
    frozen: float,
    held: Rows,
    tokens: list[int],
    i: int,
    batch: SeededBatch,
    settings: dict[str, Any],
) -> float:
    a, kind = float(batch.advantages_N[i]), settings["kind"]
    most: float = settings.get("epsilon_high", 0.0)
    if kind == "cispo":
        return -min(frozen, most) * a * logp
    if kind == "sapo":
        tau: float = settings.get("temperatures", (1.0, 1.05))[0 if a > 0 else 1]
        return -a * 4 / tau / (1 + math.exp(-tau * (ratio - 1)))
    if kind == "vespo":
        shapes = settings.get("gamma_shapes", ((2.0, 3.0), (3.0, 2.0)))
        k, lam = shapes[0 if a >= 0 else 1]
        gaps = [held[i][s] - float(batch.old_logps_NT[i, s]) for s in tokens]
        log_w = min(max(sum(min(max(gap, -20), 20) for gap in gaps), math.log(1e-8)), 20)
        return -math.exp(lam + k * log_w - lam * math.exp(log_w)) * a * logp
    low: float = 1 - settings["epsilon_low"]
    delta: float = settings["delta"] or math.inf
    return -min(min(ratio, delta) * a, min(max(ratio, low), 1 + most) * a)


def _chosen(batch: SeededBatch, quantile: float) -> set[tuple[int, int]]:
    places = [(i, t) for i, row in enumerate(batch.mask_NT) for t, m in enumerate(row) if m]
    if quantile == 1 or not places:
        return set(places)
    entropies = sorted(float(batch.entropies_NT[place]) for place in places)
    position = (1 - quantile) * (len(entropies) - 1)
    low = math.floor(position)
    high = min(low + 1, len(entropies) - 1)
    bound = entropies[low] + (position - low) * (entropies[high] - entropies[low])
    return {place for place in places if batch.entropies_NT[place] >= bound}
