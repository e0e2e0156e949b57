"""How many calls a reward's judges make: known before anything is spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nova_rft.judge.preference import calls_needed
from nova_rft.spec import PreferenceTerm, QuizTerm, RubricTerm, TermSpec, single_judges


@dataclass(frozen=True, slots=True)
class JudgeCalls:
    """Calls of one judge.

    Attributes:
        term: The judge's name in the spec.
        per_prompt: For the rollouts of one prompt in one event.
        per_source: Once for each source more: what a quiz costs to make, and 2 calls more each time that
            questions are dropped.
    """

    term: str
    per_prompt: int
    per_source: int = 0


def judge_calls(
    terms: Sequence[TermSpec], rollouts: int, *, comparisons: int = 1
) -> Iterator[JudgeCalls]:
    """The calls of each judge, jurors one by one; retries are not counted.

    Args:
        terms: Of the reward.
        rollouts: Of one prompt in one event.
        comparisons: Comparison responses of a record, for a preference judge that uses them.
    """
    for judge in single_judges(terms):
        match judge:
            case RubricTerm():
                yield JudgeCalls(judge.name, rollouts * _rubric(judge))
            case PreferenceTerm():
                yield JudgeCalls(judge.name, calls_needed(judge, rollouts, comparisons))
            case QuizTerm():
                # Written, then answered from the source and from nothing.
                yield JudgeCalls(judge.name, rollouts, per_source=3)


def _rubric(term: RubricTerm) -> int:
    """Calls for one rollout, without the criteria that its record may bring."""
    apart = term.calls == "each" or term.score_from == "probabilities"
    questions = len(term.criteria) if apart and term.aggregate != "holistic" else 1
    return questions * term.samples
