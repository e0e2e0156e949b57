"""Penalties on text that was taken over: from the prompt, or from the judges' criteria."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.data import Rollout
from nova_rft.judge.rubric import UnreadableCriteria, record_criteria
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.penalties._share import beyond
from nova_rft.reward.text.words import covered_share, words_of
from nova_rft.spec import (
    CopyingTerm,
    Criterion,
    RubricLeakTerm,
    RubricTerm,
    TermSpec,
    single_judges,
)


class Copying(EachRollout):
    """Minus the share of the response's words that stand in runs which the prompt holds too."""

    def __init__(self, spec: CopyingTerm) -> None:
        self._spec = spec

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        prompt = [words_of(turn.text) for turn in rollout.prompt]
        share = covered_share(words_of(rollout.response), prompt, self._spec.n)
        return Score(beyond(share, self._spec.allowance), {"copied": share})


class RubricLeak(EachRollout):
    """Minus the share of the response's words that stand in runs of what judges are told."""

    def __init__(self, spec: RubricLeakTerm, terms: Sequence[TermSpec]) -> None:
        """Takes the criteria of the reward's judges; a record's own are added to each rollout's."""
        self._spec = spec
        judges = list(single_judges(terms))
        self._known = [
            text
            for judge in judges
            for criterion in getattr(judge, "criteria", ())
            for text in _texts(criterion)
        ]
        said = (getattr(judge, "guidance", "") for judge in judges)
        self._known += [words_of(text) for text in said if text]
        self._fields = {
            judge.record_criteria
            for judge in judges
            if isinstance(judge, RubricTerm) and judge.record_criteria
        }

    def score_one(self, rollout: Rollout) -> Outcome:
        """The penalty on one response; never abstains."""
        sources = [*self._known, *self._of_record(rollout)]
        share = covered_share(words_of(rollout.response), sources, self._spec.n)
        return Score(beyond(share, self._spec.allowance), {"leaked": share})

    def _of_record(self, rollout: Rollout) -> list[list[str]]:
        found = []
        for field in self._fields:
            try:
                criteria = record_criteria(rollout.metadata.get(field) or [])
            except UnreadableCriteria:
                continue  # The judge's own matter, which abstains.
            found += [text for criterion in criteria for text in _texts(criterion)]
        return found


def _texts(criterion: Criterion) -> list[list[str]]:
    return [words_of(text) for text in (criterion.question, *criterion.anchors.values())]
