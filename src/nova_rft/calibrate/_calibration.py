"""Everything that is found about one judge, and how it is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nova_rft.calibrate._agreement import (
    Agreement,
    Ceiling,
    Draws,
    agreement,
    ceiling,
    kappa_weights,
)
from nova_rft.calibrate._curve import Fitted, fit_curve
from nova_rft.calibrate._figure import Figure
from nova_rft.calibrate._position import Position, position
from nova_rft.calibrate._ruling import Ruling, rule
from nova_rft.calibrate._sheet import People, Sheet, sheet_of
from nova_rft.calibrate._signal import Signal, signal
from nova_rft.calibrate._whole import OVERALL, averaged, pooled
from nova_rft.calibrate.bias import Biases, biases
from nova_rft.calibrate.labels import WHOLE, Labels
from nova_rft.calibrate.metrics import spearman
from nova_rft.spec import Thresholds


@dataclass(frozen=True, slots=True)
class How:
    """How labels are looked at.

    Attributes:
        people: What counts of several annotators' labels.
        order: Words from the worst to the best.
        draws: How intervals are made.
        thresholds: What a judge must reach.
    """

    people: People = "majority"
    order: tuple[str, ...] = ()
    draws: Draws = field(default_factory=Draws)
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class Production:
    """A metric of production beside the judge.

    Attributes:
        rows: That have it.
        judge: Spearman's correlation of the judge's score with it.
        people: Of the people's label with it: what could be expected.
    """

    rows: int
    judge: Figure
    people: Figure

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {"n": self.rows, "judge": self.judge.as_dict(), "people": self.people.as_dict()}


@dataclass(frozen=True, slots=True)
class Attacked:
    """How known attacks fared with a judge; see `nova_rft.judge.attacks`.

    Attributes:
        tried: Attacks that could be judged.
        paid: Of these, that scored more than an idle response.
        names: Those that paid.
    """

    tried: int
    paid: int
    names: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {"tried": self.tried, "paid": self.paid, "names": list(self.names)}


@dataclass(frozen=True, slots=True)
class Took:
    """What asking a judge took.

    Attributes:
        calls: Answered calls.
        kept: Answers from before, which cost nothing.
        input_tokens: Billed, those of the prompt cache included.
        output_tokens: Billed.
        cost: In the currency of the spec's prices; None where a model has no price.
        median_s: Seconds to an answer, half of them.
        slow_s: Seconds to an answer, 95 of 100.
    """

    calls: int
    kept: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    median_s: float | None
    slow_s: float | None

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Calibration:
    """One judge against people.

    Attributes:
        judge: Its name.
        rows: Rows with a label.
        left_out: Rows on which people gave none, or no majority.
        prompts: Prompts that these rows have.
        numeric: Whether people's labels are numbers.
        weights: How kappa weighs disagreements.
        total: Agreement over all criteria together.
        criteria: Agreement on each; empty where people labelled responses as a whole.
        ceiling: The annotators among themselves.
        position: What the order of pairs did.
        biases: What the judge prefers beside what people prefer.
        signal: What groups can teach.
        production: Metrics of production beside it.
        curve: From its score to people's.
        confusion: People's label, the judge's, and how often; None as the judge's: unreadable.
        attacks: How known attacks fared; None where none were tried.
        took: What asking took; None of recorded verdicts.
        ruling: Whether it is fit to train with.
        sheet: The rows behind the total, for tables of disagreements and for comparisons.
    """

    judge: str
    rows: int
    left_out: int
    prompts: int
    numeric: bool
    weights: str
    total: Agreement
    criteria: Mapping[str, Agreement]
    ceiling: Ceiling
    position: Position
    biases: Biases
    signal: Signal
    production: Mapping[str, Production]
    curve: Fitted
    attacks: Attacked | None
    took: Took | None
    sheet: Sheet
    ruling: Ruling = field(default_factory=lambda: Ruling(()))

    def other_figures(self) -> Iterator[tuple[str, Figure]]:
        """What decides beside people's label, each with a name for people."""
        place, told = self.position, self.signal
        yield "right with a first", place.first_a
        yield "right with b first", place.first_b
        yield "right in both orders", place.both
        yield "same choice in both orders", place.consistent
        yield "decided for the first place", place.first_slot
        for name, bias in self.biases.features.items():
            yield f"liking of {name}", bias.liking
            yield f"  {name} alone, a deviation more", bias.net
        yield "liking of its own family", self.biases.own
        for code, figure in self.biases.languages.items():
            yield f"accuracy in {code} less others", figure
        yield "two readings agree", told.consistency
        yield "prompts whose scores differ", told.with_signal
        yield "right order inside prompts", told.pair_accuracy
        yield "kendall inside prompts", told.kendall
        yield "reliability inside prompts", told.reliability
        for name, beside in self.production.items():
            yield f"spearman with {name}", beside.judge
            yield f"  people's with {name}", beside.people
        yield "error that a curve saves", self.curve.gain

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        total = self.total.as_dict()
        return {
            "judge": self.judge,
            "n": self.rows,
            "left_out": self.left_out,
            "prompts": self.prompts,
            "weights": self.weights,
            **{name: value for name, value in total.items() if name not in ("n", "left_out")},
            "annotators": {name: one.as_dict() for name, one in self.ceiling.pairs.items()},
            "ceiling": self.ceiling.as_dict(),
            "position": self.position.as_dict(),
            "length_bias": self.biases.length.as_dict(),
            "bias": self.biases.as_dict(),
            "signal": self.signal.as_dict(),
            "criteria": {name: one.as_dict() for name, one in self.criteria.items()},
            "production": {name: one.as_dict() for name, one in self.production.items()},
            "curve": self.curve.as_dict(),
            "attacks": None if self.attacks is None else self.attacks.as_dict(),
            "took": None if self.took is None else self.took.as_dict(),
            "ruling": self.ruling.as_dict(),
        }


def calibrate(
    labels: Labels,
    judge: str,
    how: How | None = None,
    *,
    attacks: Attacked | None = None,
    took: Took | None = None,
    model: str = "",
) -> Calibration:
    """Holds one judge's verdicts against people's labels.

    Args:
        labels: People's labels and the judge's verdicts.
        judge: Whose.
        how: How they are looked at.
        attacks: How known attacks fared with it, where they were tried.
        took: What asking it took, where it was asked.
        model: What it is called by its maker, where its name is another; its own family is known by it.
    """
    how = how or How()
    sheet, whole = _sheets(labels, judge, how)
    judged = labels.judged(judge)
    sheets = {
        name: sheet_of(labels, judge, name, people=how.people, order=how.order)
        for name in labels.numeric
        if name != WHOLE and name in judged
    }
    found = Calibration(
        judge=judge,
        rows=len({(row.line, row.id) for row in sheet.rows}),
        left_out=sheet.left_out,
        prompts=sheet.prompts.count,
        numeric=sheet.scale.numeric,
        weights=kappa_weights(sheet.scale),
        total=agreement(sheet, how.draws),
        criteria={name: agreement(one, how.draws) for name, one in sheets.items()},
        ceiling=ceiling(sheet, how.draws),
        position=position(sheet, how.draws),
        biases=biases(whole, model or judge, how.draws),
        signal=signal(whole, how.draws),
        production={name: _production(whole, name, how.draws) for name in labels.metrics},
        curve=fit_curve(whole, how.draws),
        attacks=attacks,
        took=took,
        sheet=sheet,
    )
    return replace(found, ruling=rule(found, how.thresholds))


def _sheets(labels: Labels, judge: str, how: How) -> tuple[Sheet, Sheet]:
    """All criteria together, and the rows as a whole; the same where people labelled no criteria."""
    if WHOLE in labels.numeric:
        sheet = sheet_of(labels, judge, WHOLE, people=how.people, order=how.order)
        return sheet, sheet
    every = pooled(labels, judge)
    if labels.kind == "pairs":
        sheet = sheet_of(every, judge, WHOLE, people=how.people)
        return sheet, sheet
    if OVERALL in labels.numeric and OVERALL in labels.judged(judge):
        whole = sheet_of(labels, judge, OVERALL, people=how.people, order=how.order)
    else:
        whole = sheet_of(averaged(labels, judge, how.people, how.order), judge, WHOLE)
    if not every.rows:
        return whole, whole
    return sheet_of(every, judge, WHOLE, people=how.people, order=how.order), whole


def _production(sheet: Sheet, name: str, draws: Draws) -> Production:
    metric_N = np.array([row.metrics.get(name, np.nan) for row in sheet.rows], dtype=np.float64)
    judge, people = (
        draws.figure(spearman(side_N, metric_N, sheet.prompts), sheet.prompts)
        for side_N in (sheet.score_N, sheet.human_value_N)
    )
    return Production(int(np.isfinite(metric_N).sum()), judge, people)


def total_sheet(labels: Labels, judge: str, how: How) -> Sheet:
    """The rows that a judge's total is over, without anything that is found about them."""
    return _sheets(labels, judge, how)[0]
