"""From verdicts to one number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nova_rft.judge.rubric._read import Verdict
from nova_rft.spec import Criterion


@dataclass(frozen=True, slots=True)
class Reading:
    """All samples of one criterion, made one.

    Attributes:
        share: 0 to 1.
        verdicts: The samples that could be read.
    """

    share: float
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What a rubric's readings come to.

    Attributes:
        raw: At most 1; with points below 0 when pitfalls outweigh.
        judged: Share of the criteria's weights (by size) that could be judged, 0 to 1.
        failed_gates: Gates that were judged and not passed.
        unjudged_gates: Gates that could not be judged; they never open.
        unjudged_pitfalls: Pitfalls that could not be judged.
    """

    raw: float
    judged: float
    failed_gates: tuple[str, ...]
    unjudged_gates: tuple[str, ...]
    unjudged_pitfalls: tuple[str, ...]


def vote(verdicts: Sequence[Verdict], how: Literal["mode", "mean"]) -> Reading:
    """Several readings of one criterion made one (self-consistency, arXiv 2203.11171, for `mode`).

    A draw between the most frequent verdicts gives their mean: who came first must not decide.
    """
    shares = [verdict.share for verdict in verdicts]
    if how == "mode":
        counts = Counter(shares)
        most = max(counts.values())
        shares = sorted(share for share, count in counts.items() if count == most)
    return Reading(math.fsum(shares) / len(shares), tuple(verdicts))


def rubric_value(
    criteria: Sequence[Criterion],
    readings: Mapping[str, Reading],
    aggregate: Literal["weighted", "points"] = "weighted",
) -> Value:
    """The value of a response.

    `weighted` (Rubrics as Rewards, arXiv 2507.17746): sum of w c over sum of w, where a pitfall (w < 0)
    counts |w| (1 - c), so that avoiding it is met. `points` (HealthBench, arXiv 2505.08775): sum of w c
    over the sum of the positive weights, below 0 when pitfalls outweigh the rest. A criterion without a
    reading leaves with its weight.
    """
    known = [c for c in criteria if c.name in readings]
    share = {c.name: readings[c.name].share for c in known}
    if aggregate == "weighted":
        earned = math.fsum(
            abs(c.weight) * (share[c.name] if c.weight >= 0 else 1 - share[c.name]) for c in known
        )
        possible = math.fsum(abs(c.weight) for c in known)
    else:
        earned = math.fsum(c.weight * share[c.name] for c in known)
        possible = math.fsum(c.weight for c in known if c.weight > 0)
    raw = earned / possible if possible else 0.0
    total = math.fsum(abs(c.weight) for c in criteria)
    missing = [c for c in criteria if c.name not in readings]
    return Value(
        raw=raw,
        judged=math.fsum(abs(c.weight) for c in known) / total if possible else 0.0,
        failed_gates=tuple(c.name for c in known if not c.passes(share[c.name])),
        unjudged_gates=tuple(c.name for c in missing if c.gate is not False),
        unjudged_pitfalls=tuple(c.name for c in missing if c.weight < 0),
    )
