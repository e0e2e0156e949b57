"""A variant of a judge tried on some prompts: how far it agrees with people, and where it does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from nova_rft.calibrate._calibration import How, total_sheet
from nova_rft.calibrate._comparison import points_of
from nova_rft.calibrate._sheet import Sheet, settled
from nova_rft.calibrate.asking import Asker
from nova_rft.calibrate.labels import Label, Labels, Row
from nova_rft.calibrate.refine._models import Heard, MeteredModels
from nova_rft.calibrate.refine._texts import Refinable
from nova_rft.errors import BudgetSpent, JudgeUnavailable
from nova_rft.spec import PreferenceTerm

_RIGHT: Final = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled response or pair, on one criterion where people labelled by criteria.

    Attributes:
        row: What was labelled; `criterion` says on which.
        human: What people said.
        judge: What the judge said; None where that could not be read.
        points: How right that is, 0 to 1.
        reasons: Why the judge said so.
    """

    row: Row
    human: Label
    judge: Label | None
    points: float
    reasons: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the judge said what people said."""
        return self.points >= _RIGHT


@dataclass(frozen=True, slots=True)
class Trial:
    """What a variant of a judge said of some prompts.

    Attributes:
        labels: Of these prompts, with what it said.
        cases: In the order of the file.
        told: Characters of what it is told before the responses: part of the price of each call.
    """

    labels: Labels
    cases: tuple[Case, ...]
    told: int

    @property
    def mean(self) -> float:
        """Mean of the cases' points."""
        return float(np.mean([case.points for case in self.cases])) if self.cases else 0.0

    def by_prompt(self) -> dict[str, tuple[Case, ...]]:
        """The cases of each prompt."""
        found: dict[str, list[Case]] = {}
        for case in self.cases:
            found.setdefault(case.row.group, []).append(case)
        return {group: tuple(cases) for group, cases in found.items()}


class Bench:
    """Puts variants of one judge before the prompts of one file of labels."""

    def __init__(
        self, labels: Labels, name: str, models: MeteredModels, folder: Path, how: How
    ) -> None:
        """Takes the labels that people settled on; what was recorded of judges is left out.

        Args:
            labels: People's.
            name: The judge's.
            models: Its models.
            folder: The spec's.
            how: How labels are looked at.
        """
        rows = [replace(row, said={}) for row in labels.rows if _settled(row, how)]
        self.labels = replace(labels, rows=tuple(rows))
        self.name = name
        self.models = models
        self.how = how
        self._folder = folder

    def try_out(self, term: Refinable, prompts: Collection[str]) -> Trial:
        """Has a variant judge all responses to some prompts.

        Raises:
            BudgetSpent: the meter or the purse allows no more.
            JudgeUnavailable: the judge did not answer.
        """
        wanted = frozenset(prompts)
        rows = tuple(row for row in self.labels.rows if row.group in wanted)
        heard = self.models.listen()
        asker = Asker(self.name, term, self.models, self._folder)
        try:
            asked = asker.ask(replace(self.labels, rows=rows), self.how.order, part_of=self.labels)
        except JudgeUnavailable as error:
            if self.models.meter.stopped:
                raise BudgetSpent(self.models.meter.stopped) from None
            what = str(error).partition("; nothing was")[0]
            raise JudgeUnavailable(f"{what}; answers are kept, run the same again") from None
        if self.models.meter.stopped:
            # A few unanswered questions would pass for verdicts that could not be read.
            raise BudgetSpent(self.models.meter.stopped)
        told = iter(asked.rows)
        everything = [next(told) if row.group in wanted else row for row in self.labels.rows]
        sheet = total_sheet(replace(self.labels, rows=tuple(everything)), self.name, self.how)
        cases = [
            replace(case, reasons=tuple(_reasons(case.row, term, heard)))
            for case in _cases(sheet, wanted)
        ]
        return Trial(asked, tuple(cases), heard.told)


def _settled(row: Row, how: How) -> bool:
    return any(settled(said, how.people) is not None for said in row.human.values())


def _cases(sheet: Sheet, prompts: Collection[str]) -> Iterator[Case]:
    points_N = points_of(sheet)
    for place, row in enumerate(sheet.rows):
        if row.group in prompts:
            judge = _label(sheet, place, human=False) if sheet.readable_N[place] else None
            yield Case(row, _label(sheet, place, human=True), judge, float(points_N[place]))


def _label(sheet: Sheet, place: int, *, human: bool) -> Label:
    if sheet.scale.numeric:
        return float((sheet.human_value_N if human else sheet.judge_value_N)[place])
    return sheet.scale.labels[int((sheet.human_N if human else sheet.judge_N)[place])]


def _reasons(row: Row, term: Refinable, heard: Heard) -> list[str]:
    """Why the judge said what it said of a row; a rubric sees the responses of a pair one by one."""
    if isinstance(term, PreferenceTerm):
        return heard.reasons(row.prompt_text, row.responses)
    return [
        reason
        for response in row.responses
        for reason in heard.reasons(row.prompt_text, (response,), row.criterion)
    ]
