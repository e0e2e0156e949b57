"""How far a judge agrees with people, and people with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

import numpy as np

from nova_rft.calibrate._figure import Figure, missing
from nova_rft.calibrate._resample import Resampling, Statistic
from nova_rft.calibrate._scale import UNREADABLE, Scale
from nova_rft.calibrate._sheet import Crowd, Sheet
from nova_rft.calibrate.metrics import (
    Floats,
    Ints,
    Prompts,
    Weights,
    alpha,
    alpha_of_numbers,
    kappa,
    kappa_of_numbers,
    kendall,
    share,
    spearman,
)

NO_ORDER: Final = "the labels have no order; say it with --order, the worst first"
_ALONE: Final = "there is one annotator alone"
_MANY: Final = "there are too many labels for most annotators to share one"
_MOST_LABELS: Final = 100


@dataclass(frozen=True, slots=True)
class Draws:
    """How intervals are made: as many draws, from this seed."""

    draws: int = 1_000
    seed: int = 0

    def figure(self, statistic: Statistic, prompts: Prompts) -> Figure:
        """The statistic's value and interval over prompts."""
        return Resampling(prompts.count, self.draws, self.seed).figure(statistic)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge against people on one criterion.

    Attributes:
        rows: Rows that have a label.
        left_out: Rows on which people gave none, or no majority.
        accuracy: Share of verdicts that are the people's label; unreadable ones are wrong.
        kappa: Cohen's, of readable verdicts; quadratic weights where labels lie on a scale.
        alpha: Krippendorff's, of readable verdicts and the people's labels.
        spearman: Rank correlation.
        kendall: Tau-b.
        unreadable: Share of verdicts that could not be read.
    """

    rows: int
    left_out: int
    accuracy: Figure
    kappa: Figure
    alpha: Figure
    spearman: Figure
    kendall: Figure
    unreadable: Figure

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        figures = ("accuracy", "kappa", "alpha", "spearman", "kendall", "unreadable")
        shown = {name: getattr(self, name).as_dict() for name in figures}
        return {"n": self.rows, "left_out": self.left_out, **shown}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What annotators agree on among themselves: no judge can be expected to agree with them more.

    Attributes:
        pairs: Kappa of each two annotators, named `1-2` by their places in the list.
        kappa: Mean of these.
        judge: Mean kappa of the judge with each annotator, to be held against it.
        alpha: Krippendorff's alpha of all annotators.
        accuracy: Share of an annotator's labels that are what most of the others said.
    """

    pairs: Mapping[str, Figure]
    kappa: Figure
    judge: Figure
    alpha: Figure
    accuracy: Figure

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`, without the pairs."""
        figures = ("kappa", "judge", "alpha", "accuracy")
        return {name: getattr(self, name).as_dict() for name in figures}


def agreement(sheet: Sheet, draws: Draws) -> Agreement:
    """The judge against people."""
    prompts, scale = sheet.prompts, sheet.scale
    if scale.places is None:
        ranks = missing(NO_ORDER), missing(NO_ORDER)
    else:
        sides = (sheet.human_value_N, sheet.score_N, prompts)
        ranks = (
            draws.figure(spearman(*sides), prompts),
            draws.figure(kendall(*sides), prompts),
        )
    return Agreement(
        rows=sheet.size,
        left_out=sheet.left_out,
        accuracy=draws.figure(share(sheet.right_N, prompts), prompts),
        kappa=draws.figure(judge_kappa(sheet), prompts),
        alpha=draws.figure(judge_alpha(sheet), prompts),
        spearman=ranks[0],
        kendall=ranks[1],
        unreadable=draws.figure(share(~sheet.readable_N, prompts), prompts),
    )


def judge_kappa(sheet: Sheet) -> Statistic:
    """Kappa of the judge and the people's label."""
    codes = (sheet.human_N, sheet.judge_N)
    values = (sheet.human_value_N, sheet.judge_value_N)
    return _kappa(sheet.scale, codes, values, sheet.prompts)


def judge_alpha(sheet: Sheet) -> Statistic:
    """Alpha of the judge and the people's label, over rows that have both."""
    codes_NR = np.stack([sheet.human_N, sheet.judge_N], axis=1)
    values_NR = np.stack([sheet.human_value_N, sheet.judge_value_N], axis=1)
    return _alpha(sheet.scale, codes_NR, values_NR, sheet.prompts)


def kappa_weights(scale: Scale) -> Weights:
    """Quadratic where labels lie on a scale of more than two; else every disagreement counts alike."""
    ordered = scale.places is not None and len(scale.labels) > 2 and "tie" not in scale.labels
    return "quadratic" if scale.numeric or ordered else "none"


def ceiling(sheet: Sheet, draws: Draws) -> Ceiling:
    """The annotators among themselves, and the judge among them."""
    crowd, scale = sheet.crowd, sheet.scale
    raters = range(crowd.code_NR.shape[1])
    if len(raters) < 2:
        none = missing(_ALONE)
        return Ceiling({}, none, none, none, none)
    made = {
        f"{one + 1}-{other + 1}": _kappa(
            scale,
            (crowd.code_NR[:, one], crowd.code_NR[:, other]),
            (crowd.value_NR[:, one], crowd.value_NR[:, other]),
            crowd.prompts,
        )
        for one, other in combinations(raters, 2)
    }
    everyone = _alpha(scale, crowd.code_NR, crowd.value_NR, crowd.prompts)
    return Ceiling(
        pairs={name: draws.figure(one, crowd.prompts) for name, one in made.items()},
        kappa=draws.figure(_mean_of(list(made.values())), crowd.prompts),
        judge=draws.figure(_judge_among(sheet), sheet.prompts),
        alpha=draws.figure(everyone, crowd.prompts),
        accuracy=missing(_MANY)
        if len(scale.labels) > _MOST_LABELS
        else draws.figure(_leave_one_out(crowd, scale), crowd.prompts),
    )


def _kappa(
    scale: Scale, codes: tuple[Ints, Ints], values: tuple[Floats, Floats], prompts: Prompts
) -> Statistic:
    if scale.numeric:
        return kappa_of_numbers(*values, prompts)
    places_K = np.array(scale.places or range(len(scale.labels)), dtype=np.float64)
    return kappa(*codes, places_K, prompts, weights=kappa_weights(scale))


def _alpha(scale: Scale, code_NR: Ints, value_NR: Floats, prompts: Prompts) -> Statistic:
    if scale.numeric:
        return alpha_of_numbers(value_NR, prompts)
    return alpha(code_NR, max(len(scale.labels), 1), prompts, level=_level(scale))


def _level(scale: Scale) -> Literal["nominal", "ordinal"]:
    return "nominal" if kappa_weights(scale) == "none" else "ordinal"


def _judge_among(sheet: Sheet) -> Statistic:
    """The mean of the judge's kappas with each annotator."""
    code_NR, value_NR = (side[sheet.kept_N] for side in (sheet.crowd.code_NR, sheet.crowd.value_NR))
    return _mean_of(
        [
            _kappa(
                sheet.scale,
                (codes_N, sheet.judge_N),
                (values_N, sheet.judge_value_N),
                sheet.prompts,
            )
            for codes_N, values_N in zip(code_NR.T, value_NR.T, strict=True)
        ]
    )


def _mean_of(made: Sequence[Statistic]) -> Statistic:
    def of(weights_DC: Floats) -> Floats:
        found: Floats = np.mean([one.of(weights_DC) for one in made], axis=0)
        return found

    rows, prompts = (min(getattr(one, name) for one in made) for name in ("rows", "prompts"))
    return Statistic(of, rows=rows, prompts=prompts)


def _leave_one_out(crowd: Crowd, scale: Scale) -> Statistic:
    """The share of annotators' labels that more than half of the row's other annotators gave."""
    kinds = range(max(len(scale.labels), 1))
    counts_NK = np.stack([(crowd.code_NR == kind).sum(axis=1) for kind in kinds], axis=-1)
    hits, of_row = [], []
    for code_N in crowd.code_NR.T:
        said_N = np.flatnonzero(code_N != UNREADABLE)
        others_NK = counts_NK[said_N]
        others_NK[np.arange(said_N.size), code_N[said_N]] -= 1
        settled_N = 2 * others_NK.max(axis=1) > others_NK.sum(axis=1)
        hits.append((others_NK.argmax(axis=1) == code_N[said_N])[settled_N])
        of_row.append(crowd.prompts.of_row_N[said_N][settled_N])
    prompts = Prompts(np.concatenate(of_row), crowd.prompts.count)
    return share(np.concatenate(hits), prompts)
