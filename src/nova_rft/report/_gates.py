"""Gates: which of them a rollout failed, how often each closed, and how a reward came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.grpo import TOLERANCE
from nova_rft.report._columns import Row
from nova_rft.report._wording import counted, number, percent, short
from nova_rft.reward._compose import Rule
from nova_rft.spec import Combine, Criterion, JuryTerm, RewardSpec, RubricTerm, TermSpec

# A gate that closes on more than this share of the rollouts decides what the policy learns from.
OFTEN: Final = 1 / 3
_SUMS: Final = {
    Combine.WEIGHTED_SUM: "Sum",
    Combine.GATED_PRODUCT: "Product",
    Combine.LEXICOGRAPHIC: "Sum of the places",
}


@dataclass(frozen=True, slots=True)
class GateSummary:
    """A gate of the reward.

    Attributes:
        name: The term's, and its criterion's where that is the gate.
        needs: What opens it, in words.
        closed: Rollouts that it put at the reward's floor.
        rollouts: Rollouts that were scored.
    """

    name: str
    needs: str
    closed: int
    rollouts: int

    @property
    def share(self) -> float | None:
        """The share of the scored rollouts on which it closed; None without any."""
        return self.closed / self.rollouts if self.rollouts else None


def gate_summaries(reward: RewardSpec, rows: Sequence[Row]) -> list[GateSummary]:
    """Each gate that the spec or a record has, and on how many scored rollouts it closed."""
    scored = [row for row in rows if row["abstained"] is None]
    closed = Counter(name for row in scored for name in closed_gates(reward, row))
    known = dict(gate for term in reward.terms for gate in _gates(term))
    own = dict.fromkeys(sorted(closed.keys() - known.keys()), "a criterion of some records")
    return [
        GateSummary(name, needs, closed[name], len(scored)) for name, needs in (known | own).items()
    ]


def criterion_needs(criterion: Criterion) -> str:
    """What a criterion's gate asks for; empty where it is no gate."""
    if criterion.gate is False:
        return ""
    if criterion.gate is not True:
        return f"at least {criterion.gate}"
    if criterion.weight < 0:
        return "must not be met"
    return "must be met" if criterion.kind == "boolean" else f"must be {criterion.high}"


def term_needs(term: TermSpec) -> str:
    """What a term's own gate asks for; empty where it has none."""
    return "" if term.gate is None else f"at least {short(term.gate)}"


def closed_gates(reward: RewardSpec, row: Row) -> list[str]:
    """The gates that a scored rollout failed: those that the judge named, and terms below their own."""
    if row["abstained"] is not None or row["reward"] > reward.range[0] + TOLERANCE:
        return []
    terms: Mapping[str, Any] = row["terms"]
    return [name for term in reward.terms for name in _failed(term, terms.get(term.name, {}))]


def came_about(reward: RewardSpec, row: Row, closed: Sequence[str]) -> str:
    """How a rollout's reward came of its terms, in a sentence; empty where that cannot be told."""
    if closed:
        which = "gate" if len(closed) == 1 else "gates"
        floor = f"reward at its floor, {number(row['reward'])}"
        return f"{_made(reward, row)}Closed {which} {', '.join(closed)}: {floor}.".strip()
    made = _made(reward, row)
    rule = Rule(reward, reward.terms)
    parts = _parts(row)
    if not made or abs(rule.total(parts) - row["reward"]) <= TOLERANCE:
        return made.strip()
    return f"{made}That is not what went to the trainer: the spec or a record says otherwise."


def _made(reward: RewardSpec, row: Row) -> str:
    rule, parts = Rule(reward, reward.terms), _parts(row)
    counts = {term.name for term in reward.terms if term.weight != 0}
    if row["abstained"] is not None or not counts <= parts.keys():
        return ""
    before, after = rule.before(parts), rule.total(parts)
    what = f"{_SUMS[reward.combine]} {number(before)}"
    if rule.bounds is not None:
        least, most = (short(end) for end in rule.bounds)
        low, high = (short(end) for end in reward.range)
        return f"{what}, stretched from {least} to {most} onto {low} to {high}: {number(after)}. "
    cut = f", clipped to {number(after)}" if abs(after - before) > TOLERANCE else ""
    return f"{what}{cut}. "


def _parts(row: Row) -> dict[str, float]:
    return {name: one["weighted"] for name, one in row["terms"].items() if "weighted" in one}


def _gates(term: TermSpec) -> Iterator[tuple[str, str]]:
    if term.gate is not None:
        yield term.name, term_needs(term)
    for where, rubric in _rubrics(term):
        for one in rubric.criteria:
            if one.gate is not False:
                yield f"{where}: {one.name}", criterion_needs(one)


def _rubrics(term: TermSpec) -> Iterator[tuple[str, RubricTerm]]:
    if isinstance(term, RubricTerm):
        yield term.name, term
    if isinstance(term, JuryTerm):
        for juror in term.judges:
            if isinstance(juror, RubricTerm):
                yield f"{term.name}: {juror.name}", juror


def _failed(term: TermSpec, found: Mapping[str, Any]) -> Iterator[str]:
    if term.gate is not None and "value" in found and found["value"] < term.gate:
        yield term.name
    # A rubric names its criteria, a jury each juror and its criteria.
    for part in filter(None, str(found.get("failed_gate", "")).split("; ")):
        juror, colon, criteria = part.rpartition(": ")
        for one in criteria.split(", "):
            yield f"{term.name}: {juror}{colon}{one}"


def often(gates: Sequence[GateSummary]) -> Iterator[str]:
    """What is to be said of each gate that closes on more than a third of the rollouts."""
    for one in gates:
        if one.share is not None and one.share > OFTEN:
            yield (
                f"The gate {one.name} closed on {percent(one.share)} of the rollouts "
                f"({one.closed:,} of {counted(one.rollouts, 'rollout')}): their reward is at its "
                "floor, whatever else they earned. Read some of them: where the gate is right, most "
                "that the policy learns is to pass it; where it is wrong, mend it before you go on."
            )
