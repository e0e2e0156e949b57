"""Whether the order in which a pair is shown decides what a judge says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._agreement import Draws
from nova_rft.calibrate._figure import Figure, missing
from nova_rft.calibrate._sheet import NOT_ASKED, Sheet
from nova_rft.calibrate.labels import FIRST_A, FIRST_B, PAIR_LABELS
from nova_rft.calibrate.metrics import Bools, Ints, Prompts, share

_NO_PAIRS: Final = "single responses have no order"
_ONE_ORDER: Final = "no pair was shown in both orders"
_NEVER: Final = "no pair was shown in this order"
_A, _B = PAIR_LABELS.index("a"), PAIR_LABELS.index("b")


@dataclass(frozen=True, slots=True)
class Position:
    """What the order did.

    Attributes:
        first_a: Accuracy with a shown first.
        first_b: With b shown first.
        both: Share right in both orders.
        consistent: Share with the same choice in both.
        first_slot: Share of decided verdicts that went to whatever stood first; 0.5 is unbiased.
    """

    first_a: Figure
    first_b: Figure
    both: Figure
    consistent: Figure
    first_slot: Figure

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {name: getattr(self, name).as_dict() for name in asdict(self)}


def position(sheet: Sheet, draws: Draws) -> Position:
    """What the order did to a judge's verdicts on pairs."""
    if not sheet.pairs:
        return Position(*[missing(_NO_PAIRS)] * 5)
    absent = np.full(sheet.size, NOT_ASKED, dtype=np.intp)
    one_N, other_N = (
        sheet.looks[name].code_N if name in sheet.looks else absent for name in (FIRST_A, FIRST_B)
    )
    both_N = (one_N != NOT_ASKED) & (other_N != NOT_ASKED)
    right_N = (one_N == sheet.human_N) & (other_N == sheet.human_N)
    same_N = (one_N == other_N) & (one_N >= 0)

    def among(hit_N: Bools, asked_N: Bools, otherwise: str) -> Figure:
        if not asked_N.any():
            return missing(otherwise)
        return draws.figure(share(hit_N[asked_N], sheet.prompts.where(asked_N)), sheet.prompts)

    return Position(
        first_a=among(one_N == sheet.human_N, one_N != NOT_ASKED, _NEVER),
        first_b=among(other_N == sheet.human_N, other_N != NOT_ASKED, _NEVER),
        both=among(right_N, both_N, _ONE_ORDER),
        consistent=among(same_N, both_N, _ONE_ORDER),
        first_slot=_first_slot(one_N, other_N, sheet.prompts, draws),
    )


def _first_slot(one_N: Ints, other_N: Ints, prompts: Prompts, draws: Draws) -> Figure:
    """Of pairs in both orders alone: else what people prefer and what stood first are one."""
    both_N = (one_N != NOT_ASKED) & (other_N != NOT_ASKED)
    first = [(one_N == _A)[both_N], (other_N == _B)[both_N]]
    decided = [np.isin(code_N, (_A, _B))[both_N] for code_N in (one_N, other_N)]
    decided_N = np.concatenate(decided)
    if not decided_N.any():
        return missing(_ONE_ORDER)
    of_row_N = np.tile(prompts.of_row_N[both_N], 2)[decided_N]
    made = share(np.concatenate(first)[decided_N], Prompts(of_row_N, prompts.count))
    return draws.figure(made, prompts)
