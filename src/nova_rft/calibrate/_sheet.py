"""The labels of one criterion and one judge's verdicts on it, as arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, Literal

import numpy as np

from nova_rft.calibrate._scale import UNREADABLE, Coder, Scale
from nova_rft.calibrate.labels import (
    ALONE,
    FIRST_A,
    FIRST_B,
    Label,
    Labels,
    Row,
    Said,
    Verdict,
)
from nova_rft.calibrate.metrics import Bools, Floats, Ints, Prompts

People = Literal["majority", "mean", "median"]

NOT_ASKED: Final = -2


@dataclass(frozen=True, slots=True)
class Looks:
    """What a judge said in one order, row by row.

    Attributes:
        code_N: The label's number of the first reading; `UNREADABLE` or `NOT_ASKED` where there is none.
        value_NS: Each reading's number or place; NaN where it has none. S: the most readings of a row.
        code_NS: Each reading's label.
    """

    code_N: Ints
    value_NS: Floats
    code_NS: Ints


@dataclass(frozen=True, slots=True)
class Crowd:
    """What each annotator said, on all rows: those without a majority are their disagreements.

    Attributes:
        prompts: The prompt of each row.
        code_NR: Each annotator's label.
        value_NR: Each annotator's number or place.
    """

    prompts: Prompts
    code_NR: Ints
    value_NR: Floats


@dataclass(frozen=True, slots=True)
class Sheet:
    """One criterion: rows that have a label, and what one judge said of them.

    Attributes:
        scale: What can be said.
        pairs: Whether rows are pairs.
        rows: The rows, in the order of all arrays.
        prompts: The prompt of each.
        left_out: Rows on which people gave no label, or no majority.
        human_N: The label's number; of numbers its place among those that people used.
        human_value_N: The label's number or place; NaN where labels have no order.
        readable_N: Whether the judge's verdict could be read.
        right_N: Whether it is the people's label.
        judge_N: The judge's label; `UNREADABLE` where there is none, or a number that nobody used.
        judge_value_N: The label's number or place.
        score_N: The number behind it, where there is one; else the same.
        looks: By order, what was said in it.
        crowd: The annotators.
        kept_N: The places of these rows among the annotators'.
    """

    scale: Scale
    pairs: bool
    rows: tuple[Row, ...]
    prompts: Prompts
    left_out: int
    human_N: Ints
    human_value_N: Floats
    readable_N: Bools
    right_N: Bools
    judge_N: Ints
    judge_value_N: Floats
    score_N: Floats
    looks: Mapping[str, Looks]
    crowd: Crowd
    kept_N: Ints

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)


def sheet_of(
    labels: Labels,
    judge: str,
    criterion: str,
    *,
    people: People = "majority",
    order: Sequence[str] = (),
) -> Sheet:
    """A criterion's rows as arrays, of those that the judge was asked about.

    Args:
        labels: The file.
        judge: Whose verdicts.
        criterion: Which; `WHOLE` for the response as a whole.
        people: What counts of several annotators' labels: the label of more than half of them, or of
            numbers their mean or median.
        order: Words from the worst to the best.
    """
    asked = [row for row in labels.rows if criterion in row.human and judge in row.said]
    scale = _scale(labels, judge, criterion, asked, order)
    decided = [(row, settled(row.human[criterion], people)) for row in asked]
    kept = [(row, label) for row, label in decided if label is not None]
    rows = tuple(row for row, _ in kept)
    coder = Coder(scale)
    human = [label for _, label in kept]
    said = [_by_order(row.said.get(judge, {}), criterion, scale) for row in rows]
    verdicts = [_choice(looks) for looks in said]
    said_labels = [one.label for one in verdicts]
    human_N, judge_N = (_ints(coder.codes(one)) for one in (human, said_labels))
    human_value_N, judge_value_N = (np.array(coder.places(x)) for x in (human, said_labels))
    readable_N = np.isfinite(judge_value_N) if scale.numeric else judge_N >= 0
    equal_N = judge_value_N == human_value_N if scale.numeric else judge_N == human_N
    scores_N = np.array([math.nan if v.score is None else v.score for v in verdicts])
    return Sheet(
        scale=scale,
        pairs=labels.kind == "pairs",
        rows=rows,
        prompts=Prompts.of([row.group for row in rows]),
        left_out=len(asked) - len(rows),
        human_N=human_N,
        human_value_N=human_value_N,
        readable_N=readable_N,
        right_N=readable_N & equal_N,
        judge_N=judge_N,
        judge_value_N=judge_value_N,
        score_N=np.where(np.isnan(scores_N), judge_value_N, scores_N),
        looks={
            name: _looks(coder, [one.get(name, ()) for one in said])
            for name in (ALONE, FIRST_A, FIRST_B)
            if any(name in one for one in said)
        },
        crowd=_crowd(coder, asked, criterion),
        kept_N=_ints([n for n, (_, label) in enumerate(decided) if label is not None]),
    )


def _crowd(coder: Coder, rows: Sequence[Row], criterion: str) -> Crowd:
    said = [row.human[criterion] for row in rows]
    return Crowd(
        Prompts.of([row.group for row in rows]),
        _padded(map(coder.codes, said), UNREADABLE).astype(np.intp),
        _padded(map(coder.places, said), math.nan),
    )


def _scale(
    labels: Labels, judge: str, criterion: str, rows: Sequence[Row], order: Sequence[str]
) -> Scale:
    if labels.kind == "pairs":
        return Scale.of_pairs()
    used = {label for row in rows for label in row.human[criterion] if label is not None}
    if len(used) == 1 and not labels.numeric.get(criterion):
        # What people could have said otherwise is not seen in what they said.
        said = (row.said.get(judge, {}).get(ALONE, {}).get(criterion, ()) for row in rows)
        used |= {one.label for reads in said for one in reads if isinstance(one.label, str)}
    return Scale.of(used, order)


def settled(said: Sequence[Label | None], how: People) -> Label | None:
    """What counts of several annotators' labels; None where there is no such thing."""
    known = [label for label in said if label is not None]
    if not known:
        return None
    numbers = [label for label in known if isinstance(label, float)]
    if how != "majority" and len(numbers) == len(known):
        return fmean(numbers) if how == "mean" else float(median(numbers))
    label, votes = Counter(known).most_common(1)[0]
    return label if 2 * votes > len(known) else None


def _by_order(said: Said, criterion: str, scale: Scale) -> dict[str, tuple[Verdict, ...]]:
    """By order the readings of one criterion, in the scale's labels; none given is one unreadable."""
    return {
        order: tuple(scale.read(one) for one in by_criterion.get(criterion, (Verdict(None),)))
        for order, by_criterion in said.items()
    }


def _choice(looks: Mapping[str, Sequence[Verdict]]) -> Verdict:
    """The judge's verdict: of both orders the one they share, else a tie; of one order that one."""
    first = [looks[name][0] for name in (FIRST_A, FIRST_B, ALONE) if name in looks]
    if not first:
        return Verdict(None)
    if len(first) == 1 or first[0].label == first[1].label:
        return first[0]
    # An order that could not be read is no tie: nothing is known of the pair.
    return Verdict(None if any(one.label is None for one in first) else "tie")


def _ints(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.intp)


def _looks(coder: Coder, said: Sequence[Sequence[Verdict]]) -> Looks:
    labels = [[one.label for one in reads] for reads in said]
    values = [
        [
            place if one.score is None else one.score
            for one, place in zip(reads, places, strict=True)
        ]
        for reads, places in zip(said, map(coder.places, labels), strict=True)
    ]
    code_NS = _padded(map(coder.codes, labels), NOT_ASKED).astype(np.intp)
    return Looks(code_NS[:, 0], _padded(values, math.nan), code_NS)


def _padded(rows: Iterable[Sequence[float]], filler: float) -> Floats:
    """Rows of different lengths as one array."""
    known = list(rows)
    longest = max(map(len, known), default=0)
    found = [[*row, *[filler] * (longest - len(row))] for row in known]
    return np.array(found, dtype=np.float64).reshape(len(known), longest)
