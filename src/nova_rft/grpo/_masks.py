"""Which tokens a loss looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.errors import UsageError
from nova_rft.grpo._arrays import Bools, Floats


def without_truncated(mask_NT: ArrayLike, truncated_N: Sequence[bool]) -> Bools:
    """The mask without the rollouts that were cut off at the length limit.

    DAPO, arXiv 2503.14476, section 3.4; TRL's `mask_truncated_completions`. A rollout that ended by
    itself at the very limit is not truncated: ask for its last token, not for its length. The rollouts
    left out still count in a mean over sequences, and their rewards in their group's mean.

    Raises:
        UsageError: there is not one truth for each row of the mask.
    """
    mask = np.asarray(mask_NT).astype(np.bool_)
    truncated = np.asarray(truncated_N, dtype=np.bool_)
    if mask.ndim != 2 or truncated.shape != mask.shape[:1]:
        raise UsageError(
            f"a mask of shape {mask.shape} does not go with {truncated.size} rollouts; give a row of "
            "tokens and one truth for each"
        )
    return mask & ~truncated[:, None]


def high_entropy(entropies_M: Floats, mask_NT: Bools, share: float) -> Bools:
    """The share of the mask's tokens with the highest entropy; tokens equal to the last are in.

    arXiv 2506.01939. The bound is the quantile, interpolated, over all tokens of the batch.

    Args:
        entropies_M: Of the mask's tokens, row by row.
        mask_NT: The tokens that count.
        share: How many of them, 0 to 1; at 0 that of the highest entropy alone.
    """
    chosen_NT = mask_NT.copy()
    if entropies_M.size:
        chosen_NT[mask_NT] = entropies_M >= np.quantile(entropies_M, 1 - share)
    return chosen_NT
