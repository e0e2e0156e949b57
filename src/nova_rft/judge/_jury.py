"""A jury: several judges' values of one response, made one."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from nova_rft.data import Rollout
from nova_rft.judge._judge import Judge
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import JuryTerm

_HALF = 0.5


class Jury:
    """Asks every juror about every response, all at once; see `JuryTerm` for the settings."""

    def __init__(self, spec: JuryTerm, jurors: Mapping[str, Judge]) -> None:
        """Takes the jurors by the names that the spec gives them."""
        self._spec = spec
        self._jurors = dict(jurors)
        self._weights = {judge.name: judge.weight for judge in spec.judges}
        self._clipped = {judge.name: judge.clipped for judge in spec.judges}

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One value for each response; an abstention where too few jurors had one or they disagree."""
        with ThreadPoolExecutor(max_workers=len(self._jurors)) as pool:
            asked = {
                name: pool.submit(judge.score, rollouts, deadline=deadline)
                for name, judge in self._jurors.items()
            }
            found = {name: future.result() for name, future in asked.items()}
        return [
            self._verdict({name: outcomes[row] for name, outcomes in found.items()})
            for row in range(len(rollouts))
        ]

    def _verdict(self, outcomes: Mapping[str, Outcome]) -> Outcome:
        scores = {name: one for name, one in outcomes.items() if isinstance(one, Score)}
        missing = [one for one in outcomes.values() if isinstance(one, Abstention)]
        gate = "; ".join(f"{name}: {s.failed_gate}" for name, s in scores.items() if s.failed_gate)
        if not gate and len(scores) < self._spec.min_judges:
            cause = Counter(one.cause for one in missing).most_common(1)[0][0]
            first = next(one for one in missing if one.cause is cause)
            return Abstention(
                cause, f"{len(scores)} of {len(outcomes)} judges gave a value: {first.detail}"
            )
        values = [self._clipped[name](score.value) for name, score in scores.items()]
        disagreement = max(values) - min(values)
        limit = self._spec.max_disagreement
        if not gate and limit is not None and disagreement > limit:
            said = ", ".join(f"{name} {score.value:.3g}" for name, score in scores.items())
            return Abstention(
                Cause.JUDGES_DISAGREE,
                f"the judges differ by {disagreement:.3g}, more than {limit:g}: {said}",
            )
        return Score(
            combined(values, [self._weights[name] for name in scores], self._spec.combine),
            {"jurors": {name: _shown(one) for name, one in outcomes.items()}},
            metrics={
                "disagreement": disagreement,
                **{name: score.value for name, score in scores.items()},
            },
            failed_gate=gate,
        )


def combined(values: Sequence[float], weights: Sequence[float], how: str) -> float:
    """Several judges' values made one: mean, median, majority or weighted (arXiv 2404.18796).

    Majority counts a value of at least 0.5 as a yes; a draw gives 0.5, never what came first.
    """
    match how:
        case "median":
            return statistics.median(values)
        case "majority":
            yes = sum(value >= _HALF for value in values)
            return _HALF if 2 * yes == len(values) else float(2 * yes > len(values))
        case "weighted":
            total = math.fsum(weights)
            return math.fsum(v * w for v, w in zip(values, weights, strict=True)) / total
        case _:
            return math.fsum(values) / len(values)


def _shown(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, Abstention):
        return {"abstained": {"cause": str(outcome.cause), "detail": outcome.detail}}
    return {"value": outcome.value, "details": dict(outcome.details)}
