"""What people are asked: the criteria that the spec's judges go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nova_rft.calibrate.labels import Kind
from nova_rft.judge.rubric import UnreadableCriteria, criteria_of
from nova_rft.label._item import GOOD, Question
from nova_rft.spec import (
    Criterion,
    PreferenceTerm,
    QuizTerm,
    RewardSpec,
    RubricTerm,
    single_judges,
)


def default_kind(reward: RewardSpec) -> Kind:
    """Single responses where the reward's judges go by criteria of single responses; else pairs."""
    graded = any(isinstance(judge, RubricTerm) for judge in single_judges(reward.terms))
    return "responses" if graded else "pairs"


def questions(reward: RewardSpec, fields: Mapping[str, Any], kind: Kind) -> tuple[Question, ...]:
    """What people are asked about a record's responses.

    Of single responses each criterion of the rubrics, those that the record brings included, or, where
    there is none, whether it is good. Of pairs there is one question, which is the better one; criteria
    are shown beside it.

    Args:
        reward: The spec's.
        fields: The record's.
        kind: Whether pairs are labelled.
    """
    criteria: dict[str, Criterion] = {}
    for judge in single_judges(reward.terms):
        if isinstance(judge, RubricTerm) or (kind == "pairs" and isinstance(judge, PreferenceTerm)):
            for one in _criteria(judge, fields):
                criteria.setdefault(one.name, one)
    if kind == "pairs":
        return tuple(Question(one.name, one.question) for one in criteria.values())
    return tuple(map(_question, criteria.values())) or (GOOD,)


def shows_reference(reward: RewardSpec) -> bool:
    """Whether some judge sees the reference answer; people then see it too."""
    judges = (judge for judge in single_judges(reward.terms) if not isinstance(judge, QuizTerm))
    return any(judge.show_reference for judge in judges)


def _criteria(judge: RubricTerm | PreferenceTerm, fields: Mapping[str, Any]) -> Iterable[Criterion]:
    if isinstance(judge, PreferenceTerm):
        return judge.criteria
    try:
        return criteria_of(judge, fields)
    except UnreadableCriteria:
        # The judge abstains there; people can still be asked the spec's own.
        return judge.criteria


def _question(criterion: Criterion) -> Question:
    if criterion.kind == "boolean":
        return Question(criterion.name, criterion.question, ("yes", "no"))
    numbers = range(criterion.low, criterion.high + 1)
    means = {str(number): text for number, text in sorted(criterion.anchors.items())}
    return Question(criterion.name, criterion.question, tuple(numbers), means)
