"""Hyperparameters of fine-tuning, which requests give as texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from nova_rft.local_aws._protocol import ServiceError
from nova_rft.spec import _limits as limits

_RANGES: Final = {
    "epochCount": limits.SFT_EPOCHS,
    "learningRate": limits.SFT_LEARNING_RATE,
    "learningRateWarmupSteps": limits.SFT_WARMUP_STEPS,
}
_WHOLE: Final = re.compile(r"\d{1,9}")
_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,20})?([eE][+-]?\d{1,3})?")
# Amazon Nova User Guide, fine-tuning: hyperparameters (2026-11-01).
_EPOCHS: Final = 2


def check_fine_tuning(given: Mapping[str, str]) -> None:
    """Refuses hyperparameters of fine-tuning that are unknown, no numbers, or out of range.

    Raises:
        ServiceError: some are; all of them are named.
    """
    found = [problem for name, text in given.items() if (problem := _problem(name, text))]
    if found:
        raise ServiceError("ValidationException", "; ".join(found))


def _problem(name: str, text: str) -> str | None:
    allowed = _RANGES.get(name)
    if allowed is None:
        return f"hyperParameters.{name} is not known; use {', '.join(_RANGES)}"
    form = _NUMBER if name == "learningRate" else _WHOLE
    if form.fullmatch(text) and float(text) in allowed:
        return None
    return f"hyperParameters.{name}: '{text}' is not in the range of {allowed}"


def epochs_of(given: Mapping[str, str]) -> int:
    """Passes over the records, where nothing refused them."""
    return int(given.get("epochCount", _EPOCHS))
