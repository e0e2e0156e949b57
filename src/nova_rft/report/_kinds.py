"""What makes the rollouts of a prompt worth reading."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nova_rft.grpo import TOLERANCE
from nova_rft.report._columns import Bools, Columns, Floats, Ints, Row
from nova_rft.report._term import TermSummary
from nova_rft.spec import JUDGE_TERMS, RewardSpec

# By kind, in plain words. Of the first three, the quarter of all groups that has most of it, and no more
# than twelve.
KINDS: Final = {
    "different": "most different rewards",
    "best": "best rewards",
    "worst": "worst rewards",
    "disagreement": "judges or terms disagree",
    "abstained": "not scored",
    "penalised": "penalised",
}
_MOST: Final = 12
_SHARE: Final = 4
# Two readings of one response that lie this far apart, as shares of their ranges, disagree.
_APART: Final = 0.5


@dataclass(frozen=True, slots=True)
class Groups:
    """Figures of each group, in order of their numbers.

    Attributes:
        rows: The rows of each.
        low_G: Least reward.
        high_G: Greatest reward.
        spread_G: Standard deviation of the rewards, 0 for one alone.
        chance_G: A checksum, which decides between equals: the first of a file are rarely typical.
    """

    rows: list[Ints]
    low_G: Floats
    high_G: Floats
    spread_G: Floats
    chance_G: Ints


def groups_of(columns: Columns) -> Groups:
    """The groups of some rollouts."""
    order = np.argsort(columns.group_N, kind="stable")
    starts = np.flatnonzero(np.diff(columns.group_N[order])) + 1
    rows = list(np.split(order, starts)) if order.size else []
    values = [columns.wire_N[one] for one in rows]
    return Groups(
        rows=rows,
        low_G=np.array([one.min() for one in values]),
        high_G=np.array([one.max() for one in values]),
        spread_G=np.array([one.std(ddof=1) if one.size > 1 else 0.0 for one in values]),
        chance_G=np.array([_checksum(columns.rows[int(one[0])]) for one in rows], dtype=np.intp),
    )


def _checksum(row: Row) -> int:
    return zlib.crc32(f"{row['group']}\0{row['id']}".encode("utf-8", "surrogatepass"))


def kinds_of(
    columns: Columns, groups: Groups, reward: RewardSpec, terms: list[TermSummary]
) -> list[list[str]]:
    """Of each group its kinds, in the order of `KINDS`.

    Args:
        columns: The rollouts.
        groups: As `groups_of` gives them.
        reward: Which terms are judges.
        terms: The ranges of their values.
    """
    abstained_N = ~columns.scored_N
    penalised_N = _any(columns, [one.weighted_N < -TOLERANCE for one in columns.terms.values()])
    disputed_N = _disputed(columns, reward, terms)
    by_degree = {
        "different": _most(groups.spread_G, groups),
        "best": _most(
            groups.high_G - groups.high_G.min() if groups.rows else groups.high_G, groups
        ),
        "worst": _most(groups.low_G.max() - groups.low_G if groups.rows else groups.low_G, groups),
    }
    flags = {"disagreement": disputed_N, "abstained": abstained_N, "penalised": penalised_N}
    return [
        [
            kind
            for kind in KINDS
            if (number in by_degree[kind] if kind in by_degree else flags[kind][rows].any())
        ]
        for number, rows in enumerate(groups.rows)
    ]


def _most(degree_G: Floats, groups: Groups) -> set[int]:
    """The groups that have most of something; none that has nothing of it."""
    count = min(_MOST, max(degree_G.size // _SHARE, 1))
    order = np.lexsort((groups.chance_G, -degree_G.round(9)))[:count]
    return {int(one) for one in order if degree_G[one] > TOLERANCE}


def _any(columns: Columns, flags: list[Bools]) -> Bools:
    found: Bools = np.zeros(len(columns.rows), dtype=np.bool_)
    for one in flags:
        found |= one
    return found


def _disputed(columns: Columns, reward: RewardSpec, terms: list[TermSummary]) -> Bools:
    """A judge against another judge or a verifier, or the jurors of one jury among themselves."""
    judges = {term.name for term in reward.terms if isinstance(term, JUDGE_TERMS)}
    scaled = {
        one.name: (columns.terms[one.name].value_N - one.low) / (one.high - one.low)
        for one in terms
        # What has no worth above 0 is a penalty: it is no opinion on the whole.
        if one.low is not None and one.high is not None and one.low < one.high > 0
    }
    with np.errstate(invalid="ignore"):
        apart = [
            np.abs(scaled[judge] - scaled[other]) >= _APART - TOLERANCE
            for judge in judges & scaled.keys()
            for other in scaled
            if judge != other
        ]
    return _any(columns, apart) | np.array(
        [any(_split(term) for term in row["terms"].values()) for row in columns.rows],
        dtype=np.bool_,
    )


def _split(term: Mapping[str, Any]) -> bool:
    values = list(_jurors(term))
    return bool(values) and max(values) - min(values) >= _APART


def _jurors(term: Mapping[str, Any]) -> Iterator[float]:
    for juror in term.get("details", {}).get("jurors", {}).values():
        if "value" in juror:
            yield float(juror["value"])
