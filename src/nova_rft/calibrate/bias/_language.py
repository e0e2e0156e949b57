"""Whether a judge is as good in one language as in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from nova_rft.calibrate._resample import Statistic
from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.metrics import difference

# Fewer rows say nothing of a language, and a few in a hundred may be others told apart badly.
_LEAST: Final = 20
_LEAST_SHARE: Final = 0.05
# Characters of a prompt that are looked at.
_LOOKED_AT: Final = 500


def languages(sheet: Sheet) -> list[str]:
    """Each row's language: its field `language`, else what its prompt is written in."""
    from nova_rft.reward.text.language import Languages

    told = Languages()
    known: dict[str, str] = {}
    found = []
    for row in sheet.rows:
        said = row.fields.get("language")
        text = row.prompt_text
        if not isinstance(said, str) and text not in known:
            known[text] = told.of(text[:_LOOKED_AT]) or "none"
        found.append(said if isinstance(said, str) else known[text])
    return found


def common(codes: Sequence[str]) -> list[str]:
    """Languages with rows enough, the most common first."""
    least = max(_LEAST, _LEAST_SHARE * len(codes))
    return [code for code, count in Counter(codes).most_common() if count >= least]


def language_gap(sheet: Sheet, codes: Sequence[str], code: str) -> Statistic:
    """The accuracy in one language less that in all others."""
    one_N = np.array([each == code for each in codes], dtype=np.bool_)
    return difference(sheet.right_N, one_N, ~one_N, sheet.prompts)
