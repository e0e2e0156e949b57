"""Losses of GRPO with their gradients, by NumPy and by TRL, on the same tensors.

64 rollouts of up to 512 tokens, half of them padding as in real batches, with a divergence. TRL's is its
trainer's own method, forward and backward, on one thread; both in double precision, in one process, turn
by turn, medians of processor time. In brackets: beside TRL in single precision, as it trains. Where
TRL is not installed (`pip install torch==2.13.0 trl==1.16.0`), our time is shown alone.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from bench._measure import Row
from nova_rft.grpo import loss
from tests.seeded_batches import KINDS, SeededBatch, seeded_batch

_ROLLOUTS, _TOKENS, _RUNS = 64, 512, 50
_BETA = 0.04


def measure() -> list[Row]:
    """The table's rows."""
    batch = seeded_batch(np.random.default_rng(0), _ROLLOUTS, _TOKENS)
    theirs = importlib.util.find_spec("trl") is not None
    return [row for kind in KINDS for row in _rows(batch, _settings(kind), theirs=theirs)]


def _settings(kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "level": "token",
        "epsilon_low": 0.2,
        "beta": _BETA,
        "unbiased_kl": True,
        "top_entropy_quantile": 1.0,
        "max_length": _TOKENS,
        **({"epsilon_high": 5.0} if kind == "cispo" else {}),
    }


def _rows(batch: SeededBatch, settings: dict[str, Any], *, theirs: bool) -> list[Row]:
    name = f"loss and gradient, {settings['kind']}"

    def ours() -> None:
        loss(
            batch.logps_NT,
            batch.old_logps_NT,
            batch.advantages_N,
            batch.mask_NT,
            ref_logps_NT=batch.ref_logps_NT,
            **settings,
        )

    if not theirs:
        (own,) = _in_turn(ours)
        return [Row(name, f"{own * 1e3:.1f} ms; TRL is not installed", "", True)]
    import torch

    own, trl, single = _in_turn(
        ours, _trl(batch, settings, torch.float64), _trl(batch, settings, torch.float32)
    )
    figure = f"{own * 1e3:.1f} ms, TRL {trl * 1e3:.1f} ms: {own / trl:.2f} times"
    return [Row(name, f"{figure} ({own / single:.2f})", "under 1 time", own < trl)]


def _trl(batch: SeededBatch, settings: dict[str, Any], precision: Any) -> Callable[[], None]:
    import torch

    from tests.rehearse.trl_loss import TensorTrainer, inputs_of

    with warnings.catch_warnings():
        # TRL's configuration sets a name that transformers calls deprecated.
        warnings.simplefilter("ignore", FutureWarning)
        trainer = TensorTrainer(settings)
    inputs = inputs_of(batch, settings, precision)
    logps = torch.tensor(batch.logps_NT, dtype=precision, requires_grad=True)

    def run() -> None:
        logps.grad = None
        trainer.loss_of(logps, inputs).backward()

    return run


def _in_turn(*calls: Callable[[], None]) -> list[float]:
    """Median seconds of the processor for each, after one that warms up."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(_RUNS + 1):
        for call, seconds in zip(calls, took, strict=True):
            started = time.process_time()
            call()
            seconds.append(time.process_time() - started)
    return [statistics.median(seconds[1:]) for seconds in took]
