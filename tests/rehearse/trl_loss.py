"""TRL's own loss on given tensors: its trainer's method, on a trainer that has no model."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from trl import GRPOConfig, GRPOTrainer

from tests.seeded_batches import SeededBatch

# Two threads on two cores stall each other.
torch.set_num_threads(1)


@dataclass(frozen=True, slots=True)
class TrlLoss:
    """A loss, its gradient by the log-probabilities, and the share of tokens that TRL calls clipped."""

    value: float
    gradient_NT: NDArray[np.float64]
    clipped: float | None


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """What TRL makes of Python's numbers and of counts, such as temperatures, is single otherwise."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class _Mode:
    training = True


class TensorTrainer:
    """What TRL's loss reads of its trainer, without a model: settings, and given log-probabilities.

    Args:
        settings: As `nova_rft.grpo.loss` takes them, with all that the kind reads.
    """

    get_high_entropy_mask = GRPOTrainer.get_high_entropy_mask
    get_gamma_weights = staticmethod(GRPOTrainer.get_gamma_weights)

    def __init__(self, settings: dict[str, Any]) -> None:
        kind = settings["kind"]
        gentle, harsh = settings.get("temperatures", (1.0, 1.05))
        good, bad = settings.get("gamma_shapes", ((2.0, 3.0), (3.0, 2.0)))
        self.args = GRPOConfig(
            use_cpu=True,
            bf16=False,
            report_to="none",
            delta=settings.get("delta"),
            use_bias_correction_kl=settings["unbiased_kl"],
            steps_per_generation=1,
            sapo_temperature_pos=gentle,
            sapo_temperature_neg=harsh,
            vespo_k_pos=good[0],
            vespo_lambda_pos=good[1],
            vespo_k_neg=bad[0],
            vespo_lambda_neg=bad[1],
        )
        self.model = _Mode()
        self.accelerator = Accelerator(cpu=True)
        self.loss_type, self.importance_sampling_level = kind, settings["level"]
        self.epsilon_low = settings["epsilon_low"]
        self.epsilon_high = settings.get("epsilon_high", 0.2)
        self.beta = settings["beta"]
        self.max_completion_length = settings["max_length"]
        self.top_entropy_quantile = settings["top_entropy_quantile"]
        self.current_gradient_accumulation_steps = 1
        self.off_policy_mask_threshold = None
        self.aux_loss_enabled = self.use_vllm = self._entropy_bonus_enabled = False
        self._metrics: Any = {"train": collections.defaultdict(list)}
        self._given: tuple[Any, ...] = ()

    def _get_per_token_logps_and_entropies(self, *_: Any, **__: Any) -> Any:
        return self._given

    def loss_of(self, logps: torch.Tensor, inputs: dict[str, Any]) -> Any:
        """TRL's loss where the policy gives these log-probabilities."""
        self._given = logps, inputs["entropies"], None
        return GRPOTrainer._compute_loss(self, None, inputs)

    @property
    def clipped(self) -> float | None:
        """The mean of the tokens, or sequences, that the last loss clipped; None where it does not."""
        logged: list[float] = self._metrics["train"]["clip_ratio/region_mean"]
        return logged[-1] if logged else None


def inputs_of(
    batch: SeededBatch, settings: dict[str, Any], kind: torch.dtype = torch.float64
) -> dict[str, Any]:
    """The tensors as TRL's trainer hands them to its loss."""
    mask = torch.tensor(batch.mask_NT)
    window = settings.get("window_tokens") or float(batch.mask_NT.sum())
    return {
        "prompt_ids": mask[:, :1],
        "prompt_mask": torch.ones_like(mask[:, :1]),
        "completion_ids": mask,
        "completion_mask": mask,
        "advantages": torch.tensor(batch.advantages_N, dtype=kind),
        "old_per_token_logps": torch.tensor(batch.old_logps_NT, dtype=kind),
        "ref_per_token_logps": torch.tensor(batch.ref_logps_NT, dtype=kind),
        "entropies": torch.tensor(batch.entropies_NT, dtype=kind),
        "num_items_in_batch": torch.tensor(window, dtype=kind),
    }


def trl_loss(batch: SeededBatch, settings: dict[str, Any]) -> TrlLoss:
    """Value by TRL, gradient by autograd, in double precision."""
    trainer = TensorTrainer(settings)
    logps = torch.tensor(batch.logps_NT, requires_grad=True)
    with double_precision():
        value = trainer.loss_of(logps, inputs_of(batch, settings))
    value.backward()
    assert logps.grad is not None
    return TrlLoss(float(value.detach()), logps.grad.numpy(), trainer.clipped)
