"""The reward function: every term asked, composed into one reward for each rollout."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from nova_rft.data import Rollout
from nova_rft.errors import JudgeDeferred
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward._build import build_follower, build_term
from nova_rft.reward._compose import Rule
from nova_rft.reward._curves import curves_of
from nova_rft.reward._event import BadItem, Item
from nova_rft.reward._models import JudgeModels
from nova_rft.reward._resources import Resources
from nova_rft.reward._score import Scored
from nova_rft.reward._settle import group_means, settle
from nova_rft.reward._term import Term
from nova_rft.sandbox import CodeRunner, LocalRunner
from nova_rft.spec import (
    Curve,
    FollowingTerm,
    QuizTerm,
    RewardSpec,
    RubricTerm,
    TermAbstains,
    TermSpec,
)

_LOG = logging.getLogger(__name__)
# Sums and products of what is larger are no longer finite.
_LARGEST: Final = 1e12
_BEHIND_A_GATE: Final = Abstention(Cause.GATE_CLOSED, "not asked: a gate before it is closed")
Results = Mapping[str, Sequence[Outcome]]


class RewardFunction:
    """Scores rollouts by a spec's reward; the same code on the laptop and in the Lambda."""

    def __init__(
        self,
        spec: RewardSpec,
        models: JudgeModels,
        *,
        folder: Path | None = None,
        code: CodeRunner | None = None,
    ) -> None:
        """Builds every term.

        Args:
            spec: The reward as the spec says it.
            models: The judge models that the terms name.
            folder: What files and modules that the spec names are relative to; the working folder.
            code: Runs programs, where a term has to; else this machine's sandbox.

        Raises:
            UsageError: a term cannot be made as asked: its model, file, curve, pattern or function.
        """
        self.spec = spec
        self._models = models
        resources = Resources(models, folder or Path(), code or LocalRunner())
        self._curves = curves_of(spec.terms, resources.folder)
        self._terms = {
            term.name: build_term(term, resources, spec.terms)
            for term in _judges_last(spec)
            if not isinstance(term, FollowingTerm)
        }
        self._followers = {
            term.name: (term.of, build_follower(term, resources))
            for term in spec.terms
            if isinstance(term, FollowingTerm)
        }
        self._spec_of = {term.name: term for term in spec.terms}
        self._rule = Rule(spec, spec.terms)

    def score(self, items: Sequence[Item], *, deadline: float | None = None) -> list[Scored]:
        """Scores the items of one event, in order.

        Args:
            items: Rollouts, and items that hold none.
            deadline: `time.monotonic()` value by which the scores must be there.

        Returns:
            One outcome for each item, in the order of the items.

        Raises:
            RewardAbstained: something could not be scored and `on_abstain` is `raise`.
        """
        self._models.begin_event()
        rollouts = [item for item in items if isinstance(item, Rollout)]
        results = self._ask_all(rollouts, deadline)
        values = _values(self.spec.terms, results, rollouts, self._curves)
        rows = iter(range(len(rollouts)))
        composed = [
            self._compose(
                item, {t.name: results[t.name][row] for t in self.spec.terms}, values[row]
            )
            if isinstance(item, Rollout) and (row := next(rows)) is not None
            else _bad(item)
            for item in items
        ]
        return settle(composed, self.spec)

    def as_trl(self) -> Callable[..., list[float]]:
        """This reward as a function for TRL's GRPO trainer (`reward_funcs`).

        Columns of the data set become fields of the record; the reference is the column
        `reference_answer`, `answer`, `solution` or `ground_truth`. What is returned is what would go
        over the wire, abstentions settled by `on_abstain`.
        """
        from nova_rft.reward.functions.as_trl import as_trl

        return as_trl(lambda items: [one.wire for one in self.score(items)])

    def _ask_all(self, rollouts: Sequence[Rollout], deadline: float | None) -> Results:
        results: dict[str, Sequence[Outcome]] = {}
        for name, term in self._terms.items():
            # A judge is not paid for what is worth the floor already.
            open_ = [row for row in range(len(rollouts)) if not self._shut(name, results, row)]
            told = iter(_ask(name, term, [rollouts[row] for row in open_], deadline))
            asked = set(open_)
            results[name] = [
                next(told) if row in asked else _BEHIND_A_GATE for row in range(len(rollouts))
            ]
        for name, (of, follower) in self._followers.items():
            results[name] = [_finite(one) for one in follower.score_after(rollouts, results[of])]
        return results

    def _shut(self, name: str, results: Results, row: int) -> bool:
        """Whether a term need not look at a rollout, since a gate is closed before it.

        Only judges that look at one response alone: others need all siblings to compare with.
        """
        if not isinstance(self._spec_of[name], RubricTerm | QuizTerm):
            return False
        known = {before: outcomes[row] for before, outcomes in results.items()}
        terms = [term for term in self.spec.terms if term.name in known]
        return bool(_failed_gate(terms, known))

    def _compose(
        self, rollout: Rollout, terms: Mapping[str, Outcome], values: Mapping[str, float]
    ) -> Scored:
        gate = _failed_gate(self.spec.terms, terms)
        parts = self._rule.parts(values)
        outcome = self._why_not(terms, values) or Score(self._rule.total(parts))
        if gate:
            # Whatever else could not be told: behind a closed gate lies the floor.
            outcome = Score(self.spec.range[0], {"failed_gate": gate})
        return Scored(rollout.id, rollout.group, terms, parts, outcome, wire=0.0, values=values)

    def _why_not(
        self, terms: Mapping[str, Outcome], values: Mapping[str, float]
    ) -> Abstention | None:
        """Why the reward cannot be told: the first term that it needs and that has no value."""
        for term in self.spec.terms:
            told = terms[term.name]
            needed = term.weight != 0 or term.gate is not None
            if isinstance(told, Abstention) and needed and term.name not in values:
                return Abstention(told.cause, f"{term.name}: {told.detail}")
        return None


def _ask(
    name: str, term: Term, rollouts: Sequence[Rollout], deadline: float | None
) -> list[Outcome]:
    """A term's results; a term that breaks abstains, it never loses the others' scores."""
    try:
        results = term.score(rollouts, deadline=deadline)
        if len(results) != len(rollouts):
            raise ValueError(f"{len(results)} results for {len(rollouts)} rollouts")
    except JudgeDeferred as later:
        results = [Abstention(Cause.JUDGE_UNAVAILABLE, str(later))] * len(rollouts)
    except Exception as error:
        _LOG.exception("term %s failed", name)
        why = f"{type(error).__name__}: {error}"[:500]
        results = [Abstention(Cause.TERM_FAILED, why)] * len(rollouts)
    return [_finite(result) for result in results]


def _finite(result: Outcome) -> Outcome:
    if isinstance(result, Score):
        for value in (result.value, *result.metrics.values()):
            if not abs(value) <= _LARGEST:
                return Abstention(Cause.TERM_FAILED, f"the term gave {value}, which is no reward")
    return result


def _judges_last(spec: RewardSpec) -> list[TermSpec]:
    """What costs nothing is asked first: it is there even when the deadline cuts a judge off."""
    free = {term.name for term in spec.deterministic_terms}
    return sorted(spec.terms, key=lambda term: term.name not in free)


def _values(
    terms: Sequence[TermSpec],
    results: Results,
    rollouts: Sequence[Rollout],
    curves: Mapping[str, Curve],
) -> list[dict[str, float]]:
    """What each term counts for each rollout: its value by its curve, clipped, or its siblings' mean."""
    values: list[dict[str, float]] = [{} for _ in rollouts]
    for term in terms:
        curve: Callable[[float], float] = curves.get(term.name, float)
        clipped = [
            term.clipped(curve(one.value)) if isinstance(one, Score) else None
            for one in results[term.name]
        ]
        means: Mapping[str, float] = {}
        if term.on_abstain is TermAbstains.GROUP_MEAN:
            pairs = zip(rollouts, clipped, strict=True)
            means = group_means((r.group, value) for r, value in pairs if value is not None)
        for row, (rollout, value) in enumerate(zip(rollouts, clipped, strict=True)):
            counted = means.get(rollout.group) if value is None else value
            if counted is not None:
                values[row][term.name] = counted
    return values


def _failed_gate(terms: Sequence[TermSpec], results: Mapping[str, Outcome]) -> str:
    for term in terms:
        result = results[term.name]
        if isinstance(result, Score):
            if result.failed_gate:
                return f"{term.name}: {result.failed_gate}"
            if term.gate is not None and result.value < term.gate:
                return f"{term.name}: {result.value:.4g} is below {term.gate:.4g}"
    return ""


def _bad(item: Item) -> Scored:
    given_id, problem = (item.id, item.problem) if isinstance(item, BadItem) else (item.id, "")
    return Scored(given_id, "", {}, {}, Abstention(Cause.BAD_ITEM, problem), wire=0.0)
