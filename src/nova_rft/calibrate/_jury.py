"""A jury's weights from how far each juror agrees with people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from nova_rft.calibrate._calibration import Calibration

# An agreement of 1 on some hundred prompts is no proof of never being wrong.
_MOST: Final = 0.95


def jury_weights(jurors: Mapping[str, Calibration]) -> dict[str, float]:
    """What each juror's word should weigh, with a mean of 1; 0: leave it out.

    The log odds of being right, log((1 + k) / (1 - k)), where k is what the juror agrees with people
    beyond chance: the best weights of jurors that err independently (Nitzan and Paroush, 1982). Jurors
    that err alike deserve less together than this gives them.

    Args:
        jurors: Each juror against people, on the same labels.
    """
    raw = {name: _log_odds(one) for name, one in jurors.items()}
    total = math.fsum(raw.values())
    if not total:
        return dict.fromkeys(raw, 1.0)
    return {name: round(len(raw) * weight / total, 3) for name, weight in raw.items()}


def _log_odds(found: Calibration) -> float:
    figure = found.total.spearman if found.numeric else found.total.kappa
    agreed = min(max(figure.value or 0.0, 0.0), _MOST)
    return math.log((1 + agreed) / (1 - agreed))
