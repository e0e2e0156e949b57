"""The reward function: every term asked, composed into one reward for each rollout."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence

from nova_rft.data import Rollout
from nova_rft.errors import FindingsError
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward._build import build_term
from nova_rft.reward._event import BadItem, Item
from nova_rft.reward._models import JudgeModels
from nova_rft.reward._score import Scored
from nova_rft.reward._term import Term
from nova_rft.spec import DETERMINISTIC_TERMS, JUDGE_TERMS, OnAbstain, RewardSpec

_LOG = logging.getLogger(__name__)


class RewardAbstained(FindingsError):
    """A rollout could not be scored and the spec's `on_abstain` is `raise`."""


class RewardFunction:
    """Scores rollouts by a spec's reward; the same code on the laptop and in the Lambda."""

    def __init__(self, spec: RewardSpec, models: JudgeModels) -> None:
        """Builds every term.

        Args:
            spec: The reward as the spec says it.
            models: The judge models that the terms name.

        Raises:
            UsageError: a judge model cannot be made as asked.
        """
        self.spec = spec
        self._models = models
        # Judges last: what costs nothing is there even when the deadline cuts a judge off.
        self._terms = {
            term.name: build_term(term, models)
            for term in sorted(spec.terms, key=lambda t: isinstance(t, JUDGE_TERMS))
        }

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
        results = {
            term.name: _ask(term.name, self._terms[term.name], rollouts, deadline)
            for term in sorted(self.spec.terms, key=lambda t: isinstance(t, JUDGE_TERMS))
        }
        rows = iter(range(len(rollouts)))
        composed = [
            self._compose(item, {t.name: results[t.name][row] for t in self.spec.terms})
            if isinstance(item, Rollout) and (row := next(rows)) is not None
            else _bad(item)
            for item in items
        ]
        return settle(composed, self.spec)

    def _compose(self, rollout: Rollout, terms: Mapping[str, Outcome]) -> Scored:
        weights = {term.name: term.weight for term in self.spec.terms}
        weighted = {
            name: result.value * weights[name] + 0.0
            for name, result in terms.items()
            if isinstance(result, Score)
        }
        outcome: Outcome = Score(self._clip(math.fsum(weighted.values())))
        for name, result in terms.items():
            if isinstance(result, Abstention) and weights[name] != 0:
                outcome = Abstention(result.cause, f"{name}: {result.detail}")
                break
        gate = _failed_gate(terms)
        if gate:
            # Whatever else could not be told: behind a closed gate lies the floor.
            outcome = Score(self.spec.range[0], {"failed_gate": gate})
        return Scored(rollout.id, rollout.group, terms, weighted, outcome, wire=0.0)

    def _clip(self, value: float) -> float:
        low, high = self.spec.range
        return min(max(value, low), high)


def _ask(
    name: str, term: Term, rollouts: Sequence[Rollout], deadline: float | None
) -> list[Outcome]:
    """A term's results; a term that breaks abstains, it never loses the others' scores."""
    try:
        results = term.score(rollouts, deadline=deadline)
    except Exception as error:
        _LOG.exception("term %s failed", name)
        results = [Abstention(Cause.TERM_FAILED, f"{type(error).__name__}: {error}")] * len(
            rollouts
        )
    return [_finite(result) for result in results]


def _finite(result: Outcome) -> Outcome:
    if isinstance(result, Score):
        for value in (result.value, *result.metrics.values()):
            if not math.isfinite(value):
                return Abstention(Cause.TERM_FAILED, f"the term gave {value}, which is no reward")
    return result


def _failed_gate(terms: Mapping[str, Outcome]) -> str:
    return next(
        (
            f"{name}: {result.failed_gate}"
            for name, result in terms.items()
            if isinstance(result, Score) and result.failed_gate
        ),
        "",
    )


def _bad(item: Item) -> Scored:
    given_id, problem = (item.id, item.problem) if isinstance(item, BadItem) else (item.id, "")
    return Scored(given_id, "", {}, {}, Abstention(Cause.BAD_ITEM, problem), wire=0.0)


def settle(scored: Sequence[Scored], spec: RewardSpec) -> list[Scored]:
    """Decides what goes over the wire for each rollout of one event, by `on_abstain`.

    Raises:
        RewardAbstained: something was not scored and `on_abstain` is `raise`.
    """
    means = _group_means(scored)
    return [_settled(one, spec, means) for one in scored]


def _settled(one: Scored, spec: RewardSpec, means: Mapping[str, float]) -> Scored:
    if isinstance(one.outcome, Score):
        wire = one.outcome.value
    elif spec.on_abstain is OnAbstain.RAISE:
        raise RewardAbstained(
            f"rollout {one.id!r} could not be scored ({one.outcome.cause}: {one.outcome.detail}) "
            "and the spec says on_abstain: raise"
        )
    else:
        wire = _imputed(one, spec, means)
    return Scored(one.id, one.group, one.terms, one.weighted, one.outcome, wire)


def _imputed(one: Scored, spec: RewardSpec, means: Mapping[str, float]) -> float:
    low, high = spec.range
    neutral = (low + high) / 2
    if spec.on_abstain is OnAbstain.VERIFIERS:
        known = [t.name for t in spec.terms if isinstance(t, DETERMINISTIC_TERMS)]
        if all(name in one.weighted for name in known):
            return min(max(math.fsum(one.weighted[name] for name in known), low), high)
    if spec.on_abstain is OnAbstain.NEUTRAL:
        return neutral
    # Where no sibling was scored all of the group get the same, so no advantage arises either.
    return means.get(one.group, neutral)


def _group_means(scored: Sequence[Scored]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for one in scored:
        if isinstance(one.outcome, Score):
            values.setdefault(one.group, []).append(one.outcome.value)
    return {group: math.fsum(found) / len(found) for group, found in values.items()}
