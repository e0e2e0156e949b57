"""The curves that judges' values go through: from what a judge says to what people would say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from nova_rft.errors import UsageError
from nova_rft.spec import JUDGE_TERMS, Curve, TermSpec


def curves_of(terms: Sequence[TermSpec], folder: Path) -> dict[str, Curve]:
    """By term the curve that its spec names; terms without one are not there.

    Args:
        terms: Of the reward.
        folder: What the files that they name are relative to.

    Raises:
        UsageError: a file is missing, or holds no curve for the term.
    """
    return {
        term.name: _curve(term.name, folder / term.curve)
        for term in terms
        if isinstance(term, JUDGE_TERMS) and term.curve is not None
    }


def _curve(term: str, file: Path) -> Curve:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        fields = found["judges"][term]["calibration"]["curve"]["curve"]
    except FileNotFoundError:
        raise UsageError(
            f"{file} is missing, which the term {term} names as its curve; run nova-rft calibrate"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{file}: holds nothing on the term {term}; calibrate it") from None
    if fields is None:
        raise UsageError(
            f"{file}: no curve was better than what {term} says itself; take curve out of the term"
        )
    try:
        return Curve.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        raise UsageError(
            f"{file}: the curve of {term} is none: {error.errors()[0]['msg']}"
        ) from None
