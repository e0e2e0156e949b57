"""The tensors of a loss, checked; what lies outside the mask can do no harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.errors import UsageError
from nova_rft.grpo._arrays import Bools, Floats

# A log-probability is never positive, but for the rounding of half precision.
_MOST_LOGP: Final = 1e-2
# Beyond this the exponential leaves what a float holds.
_MOST_LOG_RATIO: Final = 700.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Rollouts of one update.

    Attributes:
        logps_NT: Log-probabilities under the policy; 0 outside the mask, as are all of shape NT here.
        log_ratio_NT: The same less those under the old policy.
        reference_NT: Log-probabilities under the reference policy; None without one.
        advantages_N1: One for each rollout.
        mask_NT: The tokens that count.
        lengths_N1: How many they are; 1 for a rollout without any, so that it can be divided by.
    """

    logps_NT: Floats
    log_ratio_NT: Floats
    reference_NT: Floats | None
    advantages_N1: Floats
    mask_NT: Bools
    lengths_N1: Floats

    @property
    def rollouts(self) -> int:
        """How many rollouts, those without tokens included."""
        return len(self.mask_NT)


def read_batch(
    logps_NT: ArrayLike,
    old_logps_NT: ArrayLike,
    advantages_N: ArrayLike,
    mask_NT: ArrayLike,
    ref_logps_NT: ArrayLike | None,
) -> Batch:
    """Checks and prepares the tensors.

    Raises:
        UsageError: a shape differs from that of the mask, or a number that counts is none.
    """
    mask = _mask(mask_NT)
    logps = _masked("logps", logps_NT, mask)
    old = _masked("old_logps", old_logps_NT, mask)
    reference = None if ref_logps_NT is None else _masked("ref_logps", ref_logps_NT, mask)
    for name, values in (("logps", logps), ("old_logps", old), ("ref_logps", reference)):
        if values is not None and values.max(initial=0.0) > _MOST_LOGP:
            raise UsageError(
                f"{name} of {_place(values > _MOST_LOGP)} is above 0; give logarithms of probabilities"
            )
    log_ratio = _within_reach("old_logps", logps - old)
    if reference is not None:
        _within_reach("ref_logps", logps - reference)
    return Batch(
        logps_NT=logps,
        log_ratio_NT=log_ratio,
        reference_NT=reference,
        advantages_N1=_advantages(advantages_N, len(mask)),
        mask_NT=mask,
        lengths_N1=np.maximum(np.count_nonzero(mask, axis=1), 1)[:, None].astype(np.float64),
    )


def read_entropies(entropies_NT: ArrayLike, mask_NT: Bools) -> Floats:
    """The entropies, checked.

    Raises:
        UsageError: the shape is not that of the mask, or one is negative or none.
    """
    entropies = _masked("entropies", entropies_NT, mask_NT)
    if entropies.min(initial=0.0) < 0:
        raise UsageError(
            f"the entropy of {_place(entropies < 0)} is negative; give nats, 0 or more"
        )
    return entropies


def _mask(mask_NT: ArrayLike) -> Bools:
    mask = np.asarray(mask_NT)
    if mask.ndim != 2 or not len(mask):
        raise UsageError(
            f"mask has shape {mask.shape}; give one row for each rollout, one column a token"
        )
    if mask.dtype != np.bool_ and not np.isin(mask, (0, 1)).all():
        raise UsageError("mask holds other values than 0 and 1; 1 says that a token counts")
    return mask.astype(np.bool_)


def _masked(name: str, values_NT: ArrayLike, mask_NT: Bools) -> Floats:
    values = np.asarray(values_NT, dtype=np.float64)
    if values.shape != mask_NT.shape:
        raise UsageError(
            f"{name} has shape {values.shape} and the mask {mask_NT.shape}; give the same"
        )
    kept = np.where(mask_NT, values, 0.0)
    if not np.isfinite(kept).all():
        raise UsageError(
            f"{name} of {_place(~np.isfinite(kept))} is no finite number; mask such tokens out"
        )
    return kept


def _within_reach(name: str, gap_NT: Floats) -> Floats:
    if np.abs(gap_NT).max(initial=0.0) > _MOST_LOG_RATIO:
        raise UsageError(
            f"logps and {name} of {_place(np.abs(gap_NT) > _MOST_LOG_RATIO)} differ by more than "
            f"{_MOST_LOG_RATIO:.0f}; they do not belong to the same tokens"
        )
    return gap_NT


def _advantages(advantages_N: ArrayLike, rollouts: int) -> Floats:
    advantages = np.asarray(advantages_N, dtype=np.float64)
    if advantages.shape != (rollouts,):
        raise UsageError(
            f"advantages have shape {advantages.shape} and the mask {rollouts} rows; give one for each"
        )
    if not np.isfinite(advantages).all():
        first = int(np.flatnonzero(~np.isfinite(advantages))[0])
        raise UsageError(
            f"advantage {first} is {advantages[first]}; give finite ones, 0 for an abstention"
        )
    return advantages[:, None]


def _place(wrong_NT: Bools) -> str:
    row, column = np.argwhere(wrong_NT)[0]
    return f"rollout {row}, token {column}"
