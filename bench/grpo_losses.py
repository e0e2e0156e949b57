"""Losses of GRPO with their gradients, by NumPy and by TRL, on the same tensors.

64 rollouts of up to 512 tokens, half of them padding as in real batches, with a divergence. TRL's is its
trainer's own method, forward and backward, on one thread; both in double precision, in one process, turn
by turn, medians of processor time. The note: beside TRL in single precision, as it trains. Where
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

from bench._figure import Figure, ratio_at_most
from nova_rft.grpo import loss
from tests.seeded_batches import KINDS, SeededBatch, seeded_batch

_ROLLOUTS, _TOKENS, _RUNS = 64, 512, 50
_BETA = 0.04


def measure() -> list[Figure]:
    """The table's rows."""
    batch = seeded_batch(np.random.default_rng(0), _ROLLOUTS, _TOKENS)
    theirs = importlib.util.find_spec("trl") is not None
    return [_figure(batch, _settings(kind), theirs=theirs) for kind in KINDS]


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


def _figure(batch: SeededBatch, settings: dict[str, Any], *, theirs: bool) -> Figure:
    kind = settings["kind"]
    what = f"loss and gradient, {kind}, processor"

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
        return Figure(kind, what, 1e3 * own, "ms", peer="TRL")
    import torch

    own, trl, single = _in_turn(
        ours, _trl(batch, settings, torch.float64), _trl(batch, settings, torch.float32)
    )
    return Figure(
        kind,
        what,
        1e3 * own,
        "ms",
        peer="TRL",
        theirs=1e3 * trl,
        bound=ratio_at_most(1.0),
        note=f"{own / single:.2f} times TRL in single precision",
    )


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
