"""The spec's judge put before labelled responses, as the reward would put it before rollouts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from nova_rft.calibrate._scale import Scale
from nova_rft.calibrate.asking._models import Again
from nova_rft.calibrate.asking._outcome import SingleTerm, refuse_failures, share_of, verdicts
from nova_rft.calibrate.asking._pairs import compare
from nova_rft.calibrate.labels import ALONE, WHOLE, Labels, Row, Said, Verdict
from nova_rft.data import Rollout
from nova_rft.judge import Judge, JudgeModel
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward import JudgeModels, Resources, build_term
from nova_rft.spec import JudgeModelSpec, JudgeTerm, JuryTerm, PreferenceTerm

# Rows that are asked about at once: enough to keep every request that may be in flight in flight.
_AT_ONCE: Final = 256
# Values of a pair's two responses that are closer are equal.
_TIE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Asker:
    """A judge that can be asked about labelled responses.

    Attributes:
        name: What its verdicts are recorded under; a jury's jurors under `NAME.JUROR`.
        term: Its settings.
        models: Gives its models.
        folder: The spec's.
        readings: How often each question is asked.
    """

    name: str
    term: JudgeTerm
    models: JudgeModels
    folder: Path = field(default_factory=Path)
    readings: int = 1

    def ask(
        self,
        labels: Labels,
        order: Sequence[str] = (),
        progress: Callable[[int, int], None] = lambda done, of: None,
        *,
        part_of: Labels | None = None,
    ) -> Labels:
        """The labels with what the judge says of them.

        Args:
            labels: People's.
            order: Words from the worst to the best.
            progress: Told how many rows of how many are done.
            part_of: All labels, where these are some of them; they say what labels there are.

        Raises:
            JudgeUnavailable: the judge did not answer.
            UsageError: it cannot be made as asked.
        """
        scales = _scales(part_of or labels, order)
        found: dict[int, dict[str, Said]] = {}
        outcomes: list[Outcome] = []
        for part in _parts(labels.rows):
            self.models.begin_event()
            for reading in range(self.readings):
                said, told = self._read(part, scales, reading)
                outcomes += told
                for row, one in zip(part, said, strict=True):
                    found[id(row)] = _merged(found.get(id(row), {}), one)
            refuse_failures(outcomes)
            progress(len(found), len(labels.rows))
        rows = [replace(row, said={**row.said, **found[id(row)]}) for row in labels.rows]
        return replace(labels, rows=tuple(rows))

    def _read(
        self, rows: Sequence[Row], scales: Mapping[str, Scale], reading: int
    ) -> tuple[list[dict[str, Said]], list[Outcome]]:
        """One reading of some rows, by judge."""
        if len(rows[0].responses) == 2 and isinstance(self.term, PreferenceTerm):
            model = Again(self.models(self.term.model), reading)
            pairs, outcomes = compare(self.term, model, rows)
            return [{self.name: one} for one in pairs], outcomes
        rollouts = [one for row in rows for one in _rollouts(self.term, row)]
        outcomes = self._judge(reading).score(rollouts)
        if len(rows[0].responses) == 2:
            told = iter(outcomes)
            return [self._better(next(told), next(told)) for _ in rows], outcomes
        return [self._said(outcome, scales) for outcome in outcomes], outcomes

    def _judge(self, reading: int) -> Judge:
        def models(wanted: JudgeModelSpec) -> JudgeModel:
            return Again(self.models(wanted), reading)

        return build_term(self.term, Resources(models, self.folder))

    def _said(self, outcome: Outcome, scales: Mapping[str, Scale]) -> dict[str, Said]:
        single = None if isinstance(self.term, JuryTerm) else self.term
        found = {self.name: _alone(verdicts(outcome, single, scales))}
        for juror, told, term in self._jurors(outcome):
            found[f"{self.name}.{juror}"] = _alone(verdicts(told, term, scales))
        return found

    def _better(self, a: Outcome, b: Outcome) -> dict[str, Said]:
        """Of two responses that were judged singly the one with more."""
        single = None if isinstance(self.term, JuryTerm) else self.term
        found = {self.name: _alone({WHOLE: _more(a, b, single)})}
        for (juror, one, term), (_, other, _) in zip(
            self._jurors(a), self._jurors(b), strict=False
        ):
            found[f"{self.name}.{juror}"] = _alone({WHOLE: _more(one, other, term)})
        return found

    def _jurors(self, outcome: Outcome) -> Iterator[tuple[str, Outcome, SingleTerm]]:
        """What each juror said, where there is a jury."""
        if not isinstance(self.term, JuryTerm):
            return
        shown = outcome.details["jurors"] if isinstance(outcome, Score) else {}
        for term in self.term.judges:
            said = shown.get(term.name, {})
            told: Outcome = Abstention(Cause.UNREADABLE_VERDICT, "the jury has no value")
            if "value" in said:
                told = Score(float(said["value"]), said["details"])
            yield term.name, told, term


def _scales(labels: Labels, order: Sequence[str]) -> dict[str, Scale]:
    """People's labels on each criterion."""
    if labels.kind == "pairs":
        return {WHOLE: Scale.of_pairs()}
    return {
        name: Scale.of(
            {one for row in labels.rows for one in row.human.get(name, ()) if one is not None},
            order,
        )
        for name in labels.numeric
    }


def _parts(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows to ask about at once, those of one prompt never apart: a judge may compare them."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    part: list[Row] = []
    for group in groups.values():
        part += group
        if len(part) >= _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _rollouts(term: JudgeTerm, row: Row) -> list[Rollout]:
    """The row's responses as rollouts: of a pair two siblings, each the other's comparison."""
    if len(row.responses) == 1:
        response = row.responses[0]
        return [Rollout(row.id, row.group, row.prompt, response, row.reference, row.fields)]
    jurors = term.judges if isinstance(term, JuryTerm) else (term,)
    fields = {one.comparisons for one in jurors if isinstance(one, PreferenceTerm)}
    group = f"{row.line} {row.id}"
    return [
        Rollout(
            row.id,
            group,
            row.prompt,
            mine,
            row.reference,
            {**row.fields, **dict.fromkeys(fields, other)},
        )
        for mine, other in (row.responses, row.responses[::-1])
    ]


def _more(a: Outcome, b: Outcome, term: SingleTerm | None) -> Verdict:
    if isinstance(a, Abstention) or isinstance(b, Abstention):
        return Verdict(None)
    more = share_of(a, term) - share_of(b, term)
    return Verdict("tie" if abs(more) <= _TIE else "a" if more > 0 else "b")


def _alone(by_criterion: Mapping[str, Verdict]) -> Said:
    return {ALONE: {name: (one,) for name, one in by_criterion.items()}}


def _merged(before: Mapping[str, Said], now: Mapping[str, Said]) -> dict[str, Said]:
    """The readings of each judge, one after the other."""
    found: dict[str, Said] = {}
    for judge, said in now.items():
        known = before.get(judge, {})
        found[judge] = {
            order: {
                name: (*known.get(order, {}).get(name, ()), *reads) for name, reads in by.items()
            }
            for order, by in said.items()
        }
    return found
