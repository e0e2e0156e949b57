"""From a share to a penalty."""

from __future__ import annotations


def beyond(share: float, allowance: float) -> float:
    """0 up to the allowance, then falling in a straight line to -1 at a share of 1."""
    return -max((share - allowance) / (1 - allowance), 0.0) + 0.0
