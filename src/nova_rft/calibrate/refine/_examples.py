"""Labelled responses as the examples that a judge is shown."""

from __future__ import annotations

import random
from collections.abc import Sequence

from nova_rft.calibrate._calibration import How
from nova_rft.calibrate._scale import Scale
from nova_rft.calibrate._sheet import settled
from nova_rft.calibrate.labels import WHOLE, Label, Labels, Row
from nova_rft.calibrate.refine._texts import Refinable
from nova_rft.data import reference_text
from nova_rft.errors import UsageError
from nova_rft.spec import Criterion, PairExample, PreferenceTerm, RubricExample, RubricTerm

Example = RubricExample | PairExample

_OVERALL = "overall"
_SLOTS = {"a": "first", "b": "second", "tie": "tie"}
_FLIPPED = {"first": "second", "second": "first", "tie": "tie"}


class Teacher:
    """Makes examples for one judge from the rows of one file of labels."""

    def __init__(self, labels: Labels, term: Refinable, how: How) -> None:
        """Takes whose labels these are.

        Raises:
            UsageError: such labels make no examples for such a judge.
        """
        if (labels.kind == "pairs") != isinstance(term, PreferenceTerm):
            kind, other = (
                ("pairs", "rubric") if labels.kind == "pairs" else ("responses", "preference")
            )
            raise UsageError(
                f"labels of {kind} make no examples for the {other} judge {term.name}; use --method gepa"
            )
        self._term = term
        self._how = how
        self._scales = {
            name: Scale.of(
                {one for row in labels.rows for one in row.human.get(name, ()) if one is not None},
                how.order,
            )
            for name in labels.numeric
        }

    def example(self, row: Row, dice: random.Random) -> Example | None:
        """A row as an example; None where people's labels say nothing in the judge's words."""
        if isinstance(self._term, PreferenceTerm):
            return self._pair(row, self._term, dice)
        return self._single(row, self._term)

    def _pair(self, row: Row, term: PreferenceTerm, dice: random.Random) -> PairExample | None:
        said = [settled(labels, self._how.people) for labels in row.human.values()]
        if len(set(said)) != 1 or said[0] not in _SLOTS:
            return None
        first, second = row.responses
        verdict = _SLOTS[str(said[0])]
        # No place is favoured by the examples.
        if dice.random() < 0.5:
            first, second, verdict = second, first, _FLIPPED[verdict]
        return PairExample.model_validate(
            {
                "task": row.prompt_text,
                "reference": _reference(row, term),
                "first": first,
                "second": second,
                "verdict": verdict,
            }
        )

    def _single(self, row: Row, term: RubricTerm) -> RubricExample | None:
        verdicts, reason = self._verdicts(row, term)
        if not verdicts and not reason:
            return None
        return RubricExample(
            task=row.prompt_text,
            reference=_reference(row, term),
            response=row.responses[0],
            verdicts=verdicts,
            reason=reason,
        )

    def _verdicts(self, row: Row, term: RubricTerm) -> tuple[dict[str, str], str]:
        """By criterion people's label in the judge's words; and what they said of the whole."""
        said = {name: settled(labels, self._how.people) for name, labels in row.human.items()}
        known = {c.name: c for c in term.criteria if term.aggregate != "holistic"}
        found: dict[str, str] = {}
        for name, label in said.items():
            if name in known and label is not None:
                found |= _named(name, self._in_words(label, known[name], self._scales[name]))
        whole = next((n for n in (WHOLE, _OVERALL) if n in said and n not in known), None)
        label = None if whole is None else said[whole]
        if whole is None or label is None:
            return found, ""
        share = self._scales[whole].share(label)
        if term.aggregate == "holistic":
            return ({} if share is None else {_OVERALL: str(1 + round(9 * share))}), ""
        if len(known) == 1 and share is not None and not found:
            (criterion,) = known.values()
            return {criterion.name: _nearest(criterion, share)}, ""
        return found, f"As a whole people said: {_shown(label)}."

    def _in_words(self, label: Label, criterion: Criterion, scale: Scale) -> str | None:
        if criterion.kind == "scale" and isinstance(label, float):
            # People used the criterion's own numbers.
            return _shown(label) if _shown(label) in criterion.labels else None
        share = scale.share(label)
        return None if share is None else _nearest(criterion, share)


def draw(
    right: Sequence[Example], wrong: Sequence[Example], count: int, dice: random.Random
) -> tuple[Example, ...]:
    """Some examples, half of them such as the judge got wrong, in any order."""
    often = min(len(wrong), max((count + 1) // 2, count - len(right)))
    found = [*dice.sample(wrong, often), *dice.sample(right, min(count - often, len(right)))]
    dice.shuffle(found)
    return tuple(found)


def _named(name: str, label: str | None) -> dict[str, str]:
    return {} if label is None else {name: label}


def _nearest(criterion: Criterion, share: float) -> str:
    """The verdict that counts nearest to a share; of equals the better one, as labels are read."""
    return min(criterion.labels.items(), key=lambda said: (abs(said[1] - share), -said[1]))[0]


def _shown(label: Label) -> str:
    return f"{label:g}" if isinstance(label, float) else label


def _reference(row: Row, term: Refinable) -> str | None:
    return reference_text(row.reference) if term.show_reference else None
