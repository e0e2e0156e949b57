"""Whether a judge likes a feature more than people do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nova_rft.calibrate._resample import Statistic
from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.metrics import Floats, difference, partial_spearman


def liking(sheet: Sheet, values_NP: Floats) -> Statistic:
    """How much more a judge likes a feature than people do; 0 is unbiased, above 0 it likes more of it.

    Of pairs: accuracy where people prefer the response that has more of it, less accuracy where they
    prefer the one that has less (arXiv 2310.10076 for length); a judge that takes whatever has more has
    1. Of single responses: Spearman's correlation of the judge's score with the feature, less what both
    share with the people's score.

    Args:
        sheet: Rows and verdicts.
        values_NP: The feature of each row's responses.
    """
    if not sheet.pairs:
        return partial_spearman(sheet.score_N, values_NP[:, 0], sheet.human_value_N, sheet.prompts)
    more_N = values_NP[:, 0] - values_NP[:, 1]
    # 1 where people prefer a, -1 where they prefer b.
    with_N = more_N * sheet.human_value_N
    return difference(sheet.right_N, with_N > 0, with_N < 0, sheet.prompts)


def net_likings(sheet: Sheet, features: Sequence[Floats]) -> list[Statistic]:
    """What one standard deviation of each feature moves the judge, all others held equal.

    A regression (least squares) of the judge's verdict on the people's and on all features at once. Of
    pairs the features are differences of a and b, and the figure is how much likelier, in shares, the
    judge prefers the one that has a standard deviation more of it. Of single responses it is in standard
    deviations of the judge's score.

    Args:
        sheet: Rows and verdicts.
        features: Each feature of each row's responses.
    """
    if sheet.pairs:
        judge_N = sheet.judge_value_N / 2
        columns = [sheet.human_value_N, *(one[:, 0] - one[:, 1] for one in features)]
    else:
        judge_N = _standard(sheet.score_N)
        ones = np.ones(sheet.size)
        columns = [sheet.human_value_N, *(one[:, 0] for one in features), ones]
    used_N = np.isfinite(judge_N) & np.isfinite(sheet.human_value_N)
    prompts = sheet.prompts.where(used_N)
    sides_NF = np.stack([_scaled(one[used_N]) for one in columns], axis=-1)
    size = sides_NF.shape[1]
    products_NG = (sides_NF[:, :, None] * sides_NF[:, None, :]).reshape(len(sides_NF), size * size)
    sums_CG = prompts.sums(*products_NG.T, *(sides_NF * judge_N[used_N, None]).T)

    def fitted(weights_DC: Floats) -> Floats:
        sums_DG = weights_DC @ sums_CG
        normal_DFF = sums_DG[:, : size * size].reshape(-1, size, size)
        # A feature that never varies has no row of its own; the ridge keeps it at 0.
        ridge = 1e-9 * np.trace(normal_DFF, axis1=1, axis2=2)[:, None, None] * np.eye(size)
        found: Floats = np.linalg.solve(normal_DFF + ridge, sums_DG[:, size * size :, None])[..., 0]
        return found

    def of(place: int) -> Statistic:
        varies = bool(np.ptp(columns[place][used_N]) > 0) if used_N.any() else False
        return Statistic(
            lambda weights_DC: (
                fitted(weights_DC)[:, place] if varies else np.full(len(weights_DC), np.nan)
            ),
            rows=int(used_N.sum()),
            prompts=prompts.present(),
            least=5 * size,
            undefined="the responses do not differ in it",
            method="percentile",
        )

    return [of(place) for place in range(1, 1 + len(features))]


def _scaled(side_N: Floats) -> Floats:
    """In standard deviations from nothing, so that what is equal on both sides stays 0."""
    spread = float(np.std(side_N)) if side_N.size else 0.0
    return side_N / spread if spread > 0 else side_N


def _standard(side_N: Floats) -> Floats:
    known = side_N[np.isfinite(side_N)]
    spread = float(np.std(known)) if known.size else 0.0
    return (side_N - float(np.mean(known))) / spread if spread > 0 else side_N * 0.0
