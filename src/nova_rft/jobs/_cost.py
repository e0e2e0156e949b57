"""What a job costs so far, by the prices that the spec gives; nothing is assumed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from nova_rft.jobs._job import Job
from nova_rft.spec import Spec


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent on training.

    Attributes:
        usd: US dollars, or None where the spec has no price that applies.
        how: How it was reckoned, or which price is missing.
    """

    usd: float | None
    how: str

    def as_dict(self) -> dict[str, Any]:
        """As documented for `watch --json`."""
        return asdict(self)


def cost_so_far(job: Job, spec: Spec, now: datetime | None = None) -> Cost:
    """Training alone: judges are billed by their calls, and said there."""
    prices = spec.prices
    hours = ((job.ended or now or datetime.now(UTC)) - job.created).total_seconds() / 3600
    if job.instances is not None:
        if prices.instance_hour is None:
            return Cost(None, "no prices.instance_hour in the spec")
        usd = hours * job.instances * prices.instance_hour
        return Cost(usd, f"{hours:.2f} h of {job.instances} instances")
    if prices.million_tokens is not None and job.billed_tokens is not None:
        millions = job.billed_tokens / 1e6
        return Cost(millions * prices.million_tokens, f"{millions:.2f} million tokens")
    if prices.hour is not None:
        return Cost(hours * prices.hour, f"{hours:.2f} h")
    return Cost(None, "no prices.hour in the spec")
