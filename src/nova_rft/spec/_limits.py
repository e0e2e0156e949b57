"""Limits of the services, each stated once, with its source and the day it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_BOTOCORE: Final = "botocore 1.44.5, bedrock service model, RFTHyperParameters"
_USER_GUIDE: Final = "Amazon Bedrock User Guide, reinforcement fine-tuning: datasets"
_FINE_TUNING: Final = "Amazon Bedrock User Guide, preparing data for fine-tuning Nova models"
_HYPERPARAMETERS: Final = "Amazon Nova User Guide, fine-tuning: hyperparameters"
_DISTILLATION: Final = "Amazon Bedrock User Guide, model distillation: datasets"
_READ: Final = "2026-11-01"


@dataclass(frozen=True, slots=True)
class Limit:
    """A closed range that a service keeps to.

    Attributes:
        low: The least value that is accepted.
        high: The greatest value that is accepted.
        source: Where the range is written down.
        read: The day it was read there (ISO 8601).
    """

    low: float
    high: float
    source: str
    read: str = _READ

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:,g} to {self.high:,g}"


RFT_EPOCHS: Final = Limit(1, 50, _BOTOCORE)
RFT_BATCH_SIZE: Final = Limit(16, 512, _BOTOCORE)
RFT_LEARNING_RATE: Final = Limit(1e-7, 1e-3, _BOTOCORE)
RFT_SAMPLES_PER_PROMPT: Final = Limit(2, 16, _BOTOCORE)
RFT_EVAL_INTERVAL: Final = Limit(1, 100, _BOTOCORE)
RFT_RECORDS: Final = Limit(100, 20_000, _USER_GUIDE)
SFT_EPOCHS: Final = Limit(1, 5, _HYPERPARAMETERS)
SFT_LEARNING_RATE: Final = Limit(1e-6, 1e-4, _HYPERPARAMETERS)
SFT_WARMUP_STEPS: Final = Limit(0, 100, _HYPERPARAMETERS)
SFT_NOVA_1: Final = Limit(8, 20_000, _FINE_TUNING)
SFT_NOVA_2: Final = Limit(200, 20_000, _FINE_TUNING)
DISTILLATION_RECORDS: Final = Limit(100, 15_000, _DISTILLATION)


@dataclass(frozen=True)
class Within(AfterValidator):
    """A pydantic validator that refuses what a service would refuse, naming range and source."""

    limit: Limit


def within(limit: Limit) -> Within:
    """The validator for one limit."""

    def check(value: Any) -> Any:
        if value not in limit:
            raise PydanticCustomError(
                "service_range",
                "{value} is outside the service's range of {range} ({source}, read {read})",
                {
                    "value": value,
                    "range": str(limit),
                    "source": limit.source,
                    "read": limit.read,
                },
            )
        return value

    return Within(check, limit)
