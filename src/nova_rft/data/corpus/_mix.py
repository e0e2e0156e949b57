"""How much of each source goes into the corpus: weights hold, and as little as can be is left out."""

from __future__ import annotations

from collections.abc import Mapping


def shares_kept(tokens: Mapping[str, int], weights: Mapping[str, float]) -> dict[str, float]:
    """For each source the share of its tokens that is kept, 0 to 1.

    The corpus is as large as the weights allow without repeating anything: the source that has least for
    its weight is kept whole. A source without tokens has no say.

    Args:
        tokens: What each source has.
        weights: What each source's share of the corpus is, beside the others'.
    """
    there = {name: count for name, count in tokens.items() if count > 0}
    if not there:
        return dict.fromkeys(tokens, 0.0)
    # Tokens of the corpus for each unit of weight.
    unit = min(count / weights[name] for name, count in there.items())
    return {
        name: min(1.0, unit * weights[name] / there[name]) if name in there else 0.0
        for name in tokens
    }
