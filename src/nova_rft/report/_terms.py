"""The figures of each term of the reward."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from nova_rft.grpo import correlation_within, variance_shares
from nova_rft.report._columns import Columns, TermColumn
from nova_rft.report._examples import cut
from nova_rft.report._gates import criterion_needs, term_needs
from nova_rft.report._measure import (
    histogram,
    places,
    share_near,
    signal_of,
    spread,
    trend,
)
from nova_rft.report._readings import Details, answered_by, is_script, readings
from nova_rft.report._term import Beside, CriterionSummary, TermSummary
from nova_rft.report._wording import judge_name, term_bounds, term_in_words
from nova_rft.spec import (
    JUDGE_TERMS,
    Combine,
    JudgeTerm,
    RewardSpec,
    RubricTerm,
    TermSpec,
    VerifierTerm,
    single_judges,
)

# Where each record has criteria of its own there can be thousands.
_BROUGHT: Final = 20
_NAME: Final = 120


def term_summaries(reward: RewardSpec, columns: Columns) -> list[TermSummary]:
    """One for each term of the reward, in its order, then for any others that rows carry."""
    by_name = {term.name: term for term in reward.terms}
    # A term that does not count cannot abstain a rollout away, and has no share in the reward.
    counted = {
        name: column.weighted_N
        for name, column in columns.terms.items()
        if name not in by_name or by_name[name].weight != 0
    }
    complete_N = np.ones(len(columns.rows), dtype=np.bool_)
    for weighted_N in counted.values():
        complete_N &= np.isfinite(weighted_N)
    # A product has no shares of a sum.
    summed = {} if reward.combine is Combine.GATED_PRODUCT else counted
    shares = variance_shares(summed, complete_N)
    within = variance_shares(summed, complete_N, columns.group_N)
    return [
        _term(name, by_name.get(name), columns, shares.get(name), within.get(name))
        for name in columns.terms
    ]


def _term(
    name: str,
    term: TermSpec | None,
    columns: Columns,
    variance_share: float | None,
    variance_share_within: float | None,
) -> TermSummary:
    column: TermColumn = columns.terms[name]
    values = column.value_N[column.known_N]
    low, high = term_bounds(term) if term else (None, None)
    details = list(_details(columns, name))
    scripted = [found for found in details if is_script(found)]
    judges = list(single_judges([term])) if term else []
    return TermSummary(
        name=name,
        type=term.type if term else "unknown",
        weight=term.weight if term else None,
        plain=term_in_words(term) if term else "Rollouts carry it, the spec does not.",
        judge=", ".join(dict.fromkeys(judge_name(j.model) for j in judges)) or None,
        answered_by=sorted({answered_by(found) for found in details if "judge" in found}),
        low=low,
        high=high,
        values=spread(values),
        histogram=histogram(
            values, low if low is not None else np.inf, high if high is not None else -np.inf, 20
        ),
        trend=trend(column.value_N, places(columns)),
        at_low=share_near(values, low),
        at_high=share_near(values, high),
        variance_share=variance_share,
        variance_share_within=variance_share_within,
        signal=signal_of(values, columns.group_N[column.known_N]),
        abstained=sum(
            row["terms"].get(name, {}).get("abstained") is not None for row in columns.rows
        ),
        criteria=_criteria(judges, details),
        input_tokens=_tokens("input", details),
        output_tokens=_tokens("output", details),
        scripted_tokens=(_tokens("input", scripted), _tokens("output", scripted)),
        gate=term_needs(term) if term else "",
    )


def _tokens(which: str, details: Sequence[Details]) -> int:
    return sum(int(found.get(f"{which}_tokens", 0)) for found in details)


def judges_beside_verifiers(reward: RewardSpec, columns: Columns) -> list[Beside]:
    """Each judge beside each verifier: a judge that pays what is wrong is a reward to be hacked."""
    judges = [term for term in reward.terms if isinstance(term, JUDGE_TERMS)]
    verifiers = [term for term in reward.terms if isinstance(term, VerifierTerm)]
    return [_beside(judge.name, verifier, columns) for judge in judges for verifier in verifiers]


def _beside(judge: str, verifier: VerifierTerm, columns: Columns) -> Beside:
    judged, verified = columns.terms[judge], columns.terms[verifier.name]
    both_N = judged.known_N & verified.known_N
    values, proven = judged.value_N[both_N], verified.value_N[both_N]
    right = proven >= 1
    return Beside(
        judge=judge,
        verifier=verifier.name,
        rollouts=int(both_N.sum()),
        correlation=correlation_within(values, proven, columns.group_N[both_N]),
        when_right=float(values[right].mean()) if right.any() else None,
        when_wrong=float(values[~right].mean()) if (~right).any() else None,
    )


def _details(columns: Columns, name: str) -> Iterator[Details]:
    for row in columns.rows:
        yield from readings(row["terms"].get(name, {}).get("details", {}))


def _criteria(judges: Sequence[JudgeTerm], details: Sequence[Details]) -> list[CriterionSummary]:
    """The spec's criteria, then those that records brought, the most frequent first."""
    given: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for found in details:
        for verdict in found.get("verdicts", []):
            given[verdict["criterion"]] += 1
            met[verdict["criterion"]] += bool(verdict["met"])
    known = {c.name: c for judge in judges if isinstance(judge, RubricTerm) for c in judge.criteria}
    brought = [name for name, _ in given.most_common() if name not in known][:_BROUGHT]
    return [
        CriterionSummary(
            name=cut(name, _NAME),
            question=known[name].question if name in known else "Brought by records.",
            weight=known[name].weight if name in known else None,
            verdicts=given[name],
            met_share=met[name] / given[name] if given[name] else None,
            gate=criterion_needs(known[name]) if name in known else "",
        )
        for name in (*known, *brought)
    ]
