"""Whether a judge can tell the responses of one prompt apart, which is all that a group teaches."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._agreement import Draws
from nova_rft.calibrate._figure import Figure, missing
from nova_rft.calibrate._resample import Statistic
from nova_rft.calibrate._sheet import NOT_ASKED, Looks, Sheet
from nova_rft.calibrate.labels import ALONE
from nova_rft.calibrate.metrics import Floats, Prompts, mean, ratio, share
from nova_rft.grpo import group_signal

_NO_GROUPS: Final = "no prompt has two responses with a score"
_ONE_READ: Final = "each verdict was read once; ask again with --repeats 2"
_TARGET: Final = 0.8
_MOST_READS: Final = 32
# Their pairs are compared; more would say the same, at the square of the cost.
_MOST_OF_A_PROMPT: Final = 100


@dataclass(frozen=True, slots=True)
class Signal:
    """What groups of one prompt's responses can teach by this judge.

    Attributes:
        groups: Prompts with two responses or more that have a score.
        with_signal: Share of them whose scores are not all equal.
        pair_accuracy: Of two responses of a prompt that people tell apart, how often the judge says the
            same; where it cannot tell them apart, half.
        kendall: Mean over prompts of tau-b between people and judge inside the prompt.
        consistency: Of two readings of the same question, how often they agree.
        reliability: Variance between the responses of a prompt over that and the judge's own noise, for
            one reading.
        reads: The fewest readings whose mean reaches a reliability of 0.8; None where 32 do not, or it
            is not known.
    """

    groups: int
    with_signal: Figure
    pair_accuracy: Figure
    kendall: Figure
    consistency: Figure
    reliability: Figure
    reads: int | None

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        shown = {name: getattr(self, name) for name in asdict(self)}
        return {k: v.as_dict() if isinstance(v, Figure) else v for k, v in shown.items()}


def signal(sheet: Sheet, draws: Draws) -> Signal:
    """What groups can teach by a judge's verdicts."""
    consistency = _consistency(sheet)
    again = missing(_ONE_READ) if consistency is None else draws.figure(consistency, sheet.prompts)
    if sheet.pairs:
        within = _within(_pair_signs(sheet), draws)
        return Signal(0, missing(_NO_GROUPS), *within, again, missing(_NO_GROUPS), None)
    known_N = np.isfinite(sheet.score_N)
    groups = sheet.prompts.where(known_N)
    size_C = np.bincount(groups.of_row_N, minlength=groups.count)
    several = int(np.sum(size_C > 1))
    if not several:
        none = missing(_NO_GROUPS)
        return Signal(0, none, none, none, again, none, None)
    reliability = _reliability(sheet)
    figure = missing(_ONE_READ) if reliability is None else draws.figure(reliability, sheet.prompts)
    return Signal(
        several,
        draws.figure(_with_signal(sheet.score_N[known_N], groups), sheet.prompts),
        *_within(_response_signs(sheet), draws),
        again,
        figure,
        reads_for(figure.value),
    )


def reads_for(reliability: float | None, target: float = _TARGET) -> int | None:
    """The fewest readings whose mean is as reliable as that (Spearman and Brown, 1910).

    k readings have k r / (1 + (k - 1) r); None where none of up to 32 is enough.
    """
    if reliability is None or reliability <= 0:
        return None
    if reliability >= target:
        return 1
    wanted = target * (1 - reliability) / (reliability * (1 - target))
    # Less than a rounding error above a whole number is that number.
    reads = max(math.ceil(wanted - 1e-9), 1)
    return reads if reads <= _MOST_READS else None


def _with_signal(score_N: Floats, groups: Prompts) -> Statistic:
    """The share of groups whose scores differ; what counts as equal is what GRPO makes of it."""
    rows = [np.flatnonzero(groups.of_row_N == one) for one in np.unique(groups.of_row_N)]
    several = [one for one in rows if one.size > 1]
    differ = [group_signal(score_N[one], [0] * one.size).without_signal == 0 for one in several]
    of_row_N = np.array([groups.of_row_N[one[0]] for one in several], dtype=np.intp)
    return share(np.array(differ, dtype=np.bool_), Prompts(of_row_N, groups.count))


def _reliability(sheet: Sheet) -> Statistic | None:
    """Variance between responses over that and the noise of one reading; None without repeats.

    The mean of k readings varies inside a prompt by the responses' own variance and the noise over k.
    """
    looks = sheet.looks.get(ALONE)
    if looks is None or looks.value_NS.shape[1] < 2:
        return None
    there_NS = np.isfinite(looks.value_NS)
    reads_N = there_NS.sum(axis=1)
    used_N = reads_N > 0
    values_NS, there_NS = np.where(there_NS, looks.value_NS, 0.0)[used_N], there_NS[used_N]
    reads_N, prompts = reads_N[used_N], sheet.prompts.where(used_N)
    mean_N = values_NS.sum(axis=1) / reads_N
    noise_N = np.sum(there_NS * (values_NS - mean_N[:, None]) ** 2, axis=1)
    size_C = np.bincount(prompts.of_row_N, minlength=prompts.count)
    with np.errstate(invalid="ignore"):
        middle_C = prompts.sums(mean_N)[:, 0] / size_C
    apart_N = (mean_N - middle_C[prompts.of_row_N]) ** 2
    # Alone in its prompt a response is apart from nothing.
    paired_N = size_C[prompts.of_row_N] > 1
    free_N = paired_N * (1 - 1 / np.maximum(size_C[prompts.of_row_N], 1))
    sums_CF = prompts.sums(
        noise_N, reads_N - 1, apart_N * paired_N, free_N, paired_N / reads_N, paired_N
    )

    def of(weights_DC: Floats) -> Floats:
        noise, again, apart, free, shares, rows = np.moveaxis(weights_DC @ sums_CF, -1, 0)
        noise = ratio(noise, again)
        between = np.maximum(ratio(apart, free) - noise * ratio(shares, rows), 0.0)
        return ratio(between, between + noise)

    return Statistic(
        of,
        rows=int(np.sum(paired_N)),
        prompts=prompts.where(paired_N).present(),
        undefined="all scores are the same",
    )


def _consistency(sheet: Sheet) -> Statistic | None:
    """Of two readings of the same question, how often they agree; None where each was read once."""
    agreed, pairs, of_row = [], [], []
    for looks in sheet.looks.values():
        same_N, both_N = _agreeing(looks, numeric=sheet.scale.numeric)
        asked_N = both_N > 0
        agreed.append(same_N[asked_N])
        pairs.append(both_N[asked_N])
        of_row.append(sheet.prompts.of_row_N[asked_N])
    if not sum(len(one) for one in pairs):
        return None
    prompts = Prompts(np.concatenate(of_row), sheet.prompts.count)
    return mean(np.concatenate(agreed) / np.concatenate(pairs), prompts)


def _agreeing(looks: Looks, *, numeric: bool) -> tuple[Floats, Floats]:
    """Pairs of readings of each row that agree, and all pairs; an unreadable one agrees with none."""
    code_NS, value_NS = looks.code_NS, looks.value_NS
    same_N = np.zeros(len(code_NS))
    both_N = np.zeros(len(code_NS))
    for one, other in combinations(range(code_NS.shape[1]), 2):
        both_N += (code_NS[:, one] != NOT_ASKED) & (code_NS[:, other] != NOT_ASKED)
        if numeric:
            same_N += value_NS[:, one] == value_NS[:, other]
        else:
            same_N += (code_NS[:, one] == code_NS[:, other]) & (code_NS[:, one] >= 0)
    return same_N, both_N


@dataclass(frozen=True, slots=True)
class _Signs:
    """Pairs of one prompt's responses: which people and the judge hold for the better, as 1, 0, -1."""

    human_M: Floats
    judge_M: Floats
    prompts: Prompts
    all_prompts: Prompts


def _pair_signs(sheet: Sheet) -> _Signs:
    used_N = sheet.readable_N
    return _Signs(
        sheet.human_value_N[used_N],
        sheet.judge_value_N[used_N],
        sheet.prompts.where(used_N),
        sheet.prompts,
    )


def _response_signs(sheet: Sheet) -> _Signs:
    known_N = np.isfinite(sheet.score_N) & np.isfinite(sheet.human_value_N)
    order_N = np.flatnonzero(known_N)[np.argsort(sheet.prompts.of_row_N[known_N], kind="stable")]
    of_row_N = sheet.prompts.of_row_N[order_N]
    begins = np.flatnonzero(np.diff(of_row_N, prepend=-1))
    one, other = [], []
    for every in np.split(order_N, begins[1:]) if order_N.size else ():
        rows = every[:_MOST_OF_A_PROMPT]
        first, second = np.triu_indices(rows.size, 1)
        one.append(rows[first])
        other.append(rows[second])
    one_M = np.concatenate(one) if one else np.empty(0, dtype=np.intp)
    other_M = np.concatenate(other) if other else np.empty(0, dtype=np.intp)
    human_M, judge_M = (
        np.sign(side_N[one_M] - side_N[other_M]) for side_N in (sheet.human_value_N, sheet.score_N)
    )
    prompts = Prompts(sheet.prompts.of_row_N[one_M], sheet.prompts.count)
    return _Signs(human_M, judge_M, prompts, sheet.prompts)


def _within(signs: _Signs, draws: Draws) -> tuple[Figure, Figure]:
    """Accuracy on pairs of one prompt, and the mean of tau-b inside prompts."""
    human_M, judge_M, prompts = signs.human_M, signs.judge_M, signs.prompts
    apart_M = human_M != 0
    agree_M = (1 + human_M * judge_M) / 2
    both_C, human_C, judge_C = prompts.sums(human_M * judge_M, human_M**2, judge_M**2).T
    tau_C = ratio(both_C, np.sqrt(human_C * judge_C))
    told_C = np.flatnonzero(np.isfinite(tau_C))
    return (
        draws.figure(mean(agree_M[apart_M], prompts.where(apart_M)), signs.all_prompts),
        draws.figure(mean(tau_C[told_C], Prompts(told_C, prompts.count)), signs.all_prompts),
    )
