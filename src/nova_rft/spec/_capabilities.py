"""What goes with what: one table of technique, backend and base model, with sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Capability:
    """One combination that a service is known to take.

    Attributes:
        technique: Such as `rft`.
        backend: Such as `bedrock`.
        model: The base model's identifier as the backend takes it.
        regions: Where it is known to be offered; elsewhere is not refused, only not known.
        source: Where this is written down, and the day it was read.
    """

    technique: str
    backend: str
    model: str
    regions: tuple[str, ...]
    source: str


CAPABILITIES: Final = (
    Capability(
        technique="rft",
        backend="bedrock",
        model="amazon.nova-2-lite-v1:0:256k",
        regions=("us-east-1",),
        source="Bedrock User Guide, reinforcement fine-tuning: supported models (2026-11-01)",
    ),
)


# First word of a cross-region inference profile's id (Bedrock User Guide, "Supported Regions and models
# for inference profiles", 2026-11-23); a model's own id begins with its provider.
PROFILE_GEOGRAPHIES: Final = ("us", "us-gov", "eu", "jp", "au", "apac", "ca", "global")


def models_for(technique: str, backend: str) -> tuple[str, ...]:
    """The base models that a backend takes for a technique."""
    return tuple(c.model for c in CAPABILITIES if (c.technique, c.backend) == (technique, backend))
