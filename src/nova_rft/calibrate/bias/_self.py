"""Whether a judge prefers what a model of its own family wrote."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from nova_rft.calibrate._resample import Statistic
from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.metrics import Bools, Floats, Prompts, mean, ratio

# Names that providers give to models of one house, as they stand in identifiers.
_FAMILIES: Final = (
    "nova", "titan", "claude", "gpt-oss", "gpt", "llama", "mistral", "mixtral", "gemini", "gemma",
    "qwen", "deepseek", "command", "jamba", "phi",
)  # fmt: skip


def family(model: str) -> str:
    """A model's family: the house's name for it, else the name itself."""
    name = model.lower()
    found = [one for one in _FAMILIES if re.search(rf"(?<![a-z]){one}(?![a-z])", name)]
    return found[0] if found else name


def self_preference(sheet: Sheet, judge: str) -> Statistic | None:
    """How much oftener a judge prefers its own family than people do; None where nothing can be told.

    Of pairs with one response of the judge's family: the share that the judge gave to it, less the share
    that people gave (a tie is half), -1 to 1. Of single responses: by how many standard deviations the
    judge's score lies above what people's score says (a regression line over all), on its own family's
    responses less on others'.

    Args:
        sheet: Rows and verdicts.
        judge: The judge's name or identifier.
    """
    mine = family(judge)
    named_N = np.array([bool(row.models) and all(row.models) for row in sheet.rows], dtype=np.bool_)
    if not named_N.any():
        return None
    own_NP = np.array(
        [
            [family(one) == mine for one in row.models or ("",) * len(row.responses)]
            for row in sheet.rows
        ]
    )
    if not sheet.pairs:
        return _of_scores(sheet, own_NP[:, 0], named_N)
    side_N = own_NP[:, 0].astype(float) - own_NP[:, 1]
    used_N = named_N & (side_N != 0) & sheet.readable_N
    if not used_N.any():
        return None
    gain_N = side_N * (sheet.judge_value_N - sheet.human_value_N) / 2
    return mean(gain_N[used_N], sheet.prompts.where(used_N), "percentile")


def _of_scores(sheet: Sheet, own_N: Bools, named_N: Bools) -> Statistic | None:
    used_N = named_N & np.isfinite(sheet.score_N) & np.isfinite(sheet.human_value_N)
    own_N, prompts = own_N[used_N], sheet.prompts.where(used_N)
    if own_N.all() or not own_N.any():
        return None
    judge_N, human_N = sheet.score_N[used_N], sheet.human_value_N[used_N]
    spread = float(np.std(judge_N))
    slope = (
        float(np.cov(human_N, judge_N)[0, 1] / np.var(human_N, ddof=1)) if np.ptp(human_N) else 0
    )
    above_N = (judge_N - slope * human_N) / (spread or 1.0)
    return _gap(above_N, own_N, prompts)


def _gap(values_N: Floats, one_N: Bools, prompts: Prompts) -> Statistic:
    """Mean of one kind of rows less that of all others."""
    sums_CF = prompts.sums(values_N * one_N, one_N, values_N * ~one_N, ~one_N)

    def of(weights_DC: Floats) -> Floats:
        a, n, b, m = np.moveaxis(weights_DC @ sums_CF, -1, 0)
        return ratio(a, n) - ratio(b, m)

    rows = int(min(one_N.sum(), (~one_N).sum()))
    present = min(prompts.where(one_N).present(), prompts.where(~one_N).present())
    return Statistic(of, rows=rows, prompts=present, method="percentile")
