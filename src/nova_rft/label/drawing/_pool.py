"""What can be drawn, and how informative each is: plain figures of 0 to 1.

- `unsure`: how unsure the judges were (see `nova_rft.label._unsure`), of a pair the mean of both;
- `disagree`: how far the reward's terms contradict each other. Of a single rollout: how far apart the
  places are that its terms give it. Of a pair: each term prefers one response by as much as it places it
  higher; the smaller of the strongest preferences for either;
- `close`, of pairs alone: 1 less the distance between the places that the judges give them.

An item's score is the mean of those that are known. Cells keep what is drawn balanced: of pairs,
whether the judges prefer the longer response, the shorter one, or neither; of single rollouts, in which
third the judges place them, and in which half of the lengths. Otherwise a judge's liking of length could
not be told from its liking of what is good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nova_rft.calibrate.metrics import Floats, Ints
from nova_rft.label._rollouts import Candidate
from nova_rft.label.drawing._places import judged_places, mean_known, term_places
from nova_rft.spec import RewardSpec

PAIR_CELLS: Final = (
    "the shorter is judged better",
    "the longer is judged better",
    "same length or value",
    "not judged",
)
_SHORTER, _LONGER, _EVEN, _UNJUDGED = range(4)
_THIRDS: Final = ("low value", "middle value", "high value", "not judged")
SINGLE_CELLS: Final = tuple(f"{third}, {half}" for third in _THIRDS for half in ("short", "long"))
# Lengths closer than this, as a share of the longer one, are the same.
_SAME_LENGTH: Final = 0.1
# Of a prompt with more responses so many are looked at: pairs grow with the square.
_MOST_OF_A_PROMPT: Final = 64


@dataclass(frozen=True, slots=True)
class Pool:
    """What can be drawn.

    Attributes:
        cells: Names of cells.
        row_PR: Rollouts of each item, one or two, by their places among the candidates.
        prompt_P: Its prompt, numbered.
        cell_P: Its cell, by its place among the names.
        unsure_P: Not a number where it is not known, as the next two.
        disagree_P: See above.
        close_P: See above.
        score_P: The mean of those that are known; 0 where none is.
    """

    cells: tuple[str, ...]
    row_PR: Ints
    prompt_P: Ints
    cell_P: Ints
    unsure_P: Floats
    disagree_P: Floats
    close_P: Floats
    score_P: Floats


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of each rollout."""

    judged_N: Floats
    term_TN: Floats
    unsure_N: Floats
    length_N: Floats
    prompt_N: Ints


def single_pool(candidates: Sequence[Candidate], prompts: Ints, reward: RewardSpec) -> Pool:
    """Single rollouts.

    Args:
        candidates: No response of a prompt twice.
        prompts: The prompt of each, numbered.
        reward: Whose terms count.
    """
    known = _known(candidates, prompts, reward)
    several_N = np.isfinite(known.term_TN).sum(axis=0) > 1
    apart_N = np.full(len(candidates), np.nan)
    if several_N.any():
        seen_TN = known.term_TN[:, several_N]
        apart_N[several_N] = np.nanmax(seen_TN, axis=0) - np.nanmin(seen_TN, axis=0)
    third_N = np.where(np.isnan(known.judged_N), 3, np.minimum(3 * known.judged_N, 2))
    long_N = known.length_N > np.median(known.length_N) if len(candidates) else known.length_N
    return _pool(
        SINGLE_CELLS,
        np.arange(len(candidates), dtype=np.intp)[:, None],
        known.prompt_N,
        2 * third_N.astype(np.intp) + long_N.astype(np.intp),
        (known.unsure_N, apart_N, np.full(len(candidates), np.nan)),
    )


def pair_pool(
    candidates: Sequence[Candidate], prompts: Ints, reward: RewardSpec, rng: np.random.Generator
) -> Pool:
    """Pairs of rollouts of one prompt.

    Args:
        candidates: No response of a prompt twice.
        prompts: The prompt of each, numbered.
        reward: Whose terms count.
        rng: Takes some of the responses of a prompt that has very many.
    """
    known = _known(candidates, prompts, reward)
    row_PR = _pairs(prompts, rng)
    a_P, b_P = row_PR.T
    preference_TP = known.term_TN[:, a_P] - known.term_TN[:, b_P]
    judged_P = known.judged_N[a_P] - known.judged_N[b_P]
    return _pool(
        PAIR_CELLS,
        row_PR,
        prompts[a_P],
        _pair_cells(judged_P, known.length_N[a_P], known.length_N[b_P]),
        (
            mean_known(np.stack([known.unsure_N[a_P], known.unsure_N[b_P]])),
            _contradiction(preference_TP),
            1 - np.abs(judged_P),
        ),
    )


def _known(candidates: Sequence[Candidate], prompts: Ints, reward: RewardSpec) -> _Known:
    unsure = [np.nan if one.unsure is None else one.unsure for one in candidates]
    lengths = [len(one.rollout.response) for one in candidates]
    return _Known(
        judged_places(candidates, reward),
        term_places(candidates, reward),
        np.array(unsure, dtype=np.float64),
        np.array(lengths, dtype=np.float64),
        prompts,
    )


def _pool(
    cells: tuple[str, ...],
    row_PR: Ints,
    prompt_P: Ints,
    cell_P: Ints,
    parts: tuple[Floats, Floats, Floats],
) -> Pool:
    score_P = np.nan_to_num(mean_known(np.stack(parts)), nan=0.0)
    return Pool(cells, row_PR, prompt_P, cell_P, *parts, score_P)


def _pairs(prompts: Ints, rng: np.random.Generator) -> Ints:
    """Both rollouts of every pair of one prompt."""
    order_N = np.argsort(prompts, kind="stable")
    edges = np.flatnonzero(np.diff(prompts[order_N])) + 1
    found = [np.empty((0, 2), dtype=np.intp)]
    for group_N in np.split(order_N, edges):
        if group_N.size > _MOST_OF_A_PROMPT:
            group_N = np.sort(rng.choice(group_N, _MOST_OF_A_PROMPT, replace=False))
        a_P, b_P = np.triu_indices(group_N.size, k=1)
        found.append(np.stack([group_N[a_P], group_N[b_P]], axis=1))
    return np.concatenate(found)


def _pair_cells(judged_P: Floats, length_a_P: Floats, length_b_P: Floats) -> Ints:
    longer_P = length_a_P - length_b_P
    same_P = np.abs(longer_P) <= _SAME_LENGTH * np.maximum(length_a_P, length_b_P)
    cell_P = np.where(judged_P * longer_P > 0, _LONGER, _SHORTER)
    cell_P = np.where(np.isnan(judged_P), _UNJUDGED, cell_P)
    found: Ints = np.where(same_P | (judged_P == 0), _EVEN, cell_P).astype(np.intp)
    return found


def _contradiction(preference_TP: Floats) -> Floats:
    """The smaller of the strongest preferences for a and for b; none with fewer than two terms."""
    several_P = np.isfinite(preference_TP).sum(axis=0) > 1
    found_P = np.full(preference_TP.shape[1], np.nan)
    if several_P.any():
        seen_TP = preference_TP[:, several_P]
        for_a_P, for_b_P = np.nanmax(seen_TP, axis=0), -np.nanmin(seen_TP, axis=0)
        found_P[several_P] = np.maximum(np.minimum(for_a_P, for_b_P), 0.0)
    return found_P
