"""What bounds a scoring: quotas of the services, and figures that no page states, each with its source.

A quota differs by account, region and model; these are the defaults of a new account in us-east-1, where
there is one. `--quota NAME=VALUE` puts an account's own in their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from nova_rft.errors import UsageError

_LAMBDA: Final = "AWS Lambda Developer Guide, Lambda quotas"
_BEDROCK: Final = "Service Quotas, Amazon Bedrock; it differs by model"
_STEPS: Final = "AWS Step Functions Developer Guide, service quotas"
_S3: Final = "Amazon S3 User Guide, best practices: optimizing performance"
_GUESS: Final = "no page states it: measure yours"
_PRICES: Final = "AWS's price pages for us-east-1, arm64; not checked against a bill"


def _quota(default: float, about: str, source: str) -> Any:
    return field(default=default, metadata={"about": about, "source": source})


@dataclass(frozen=True, slots=True)
class Quotas:
    """Every figure that an estimate stands on beside the work itself; its source is in its metadata."""

    lambda_concurrency: float = _quota(1000, "executions at once, of all functions", _LAMBDA)
    lambda_starts_per_s: float = _quota(100, "more executions at once, each second", _LAMBDA)
    lambda_seconds: float = _quota(900, "seconds of one execution", _LAMBDA)
    requests_per_minute: float = _quota(400, "calls of one model a minute", _BEDROCK)
    tokens_per_minute: float = _quota(600_000, "tokens of one model a minute", _BEDROCK)
    batch_least: float = _quota(100, "records of a batch, at least", _BEDROCK)
    batch_records: float = _quota(50_000, "records of a batch, at most", _BEDROCK)
    batch_bytes: float = _quota(1 << 30, "bytes of a batch's file", _BEDROCK)
    batch_jobs: float = _quota(20, "batches of one model at once", _BEDROCK)
    batch_queue_s: float = _quota(1800, "seconds until a batch is begun", _GUESS)
    batch_records_per_s: float = _quota(20, "records of one batch, each second", _GUESS)
    map_concurrency: float = _quota(10_000, "children of a map run at once", _STEPS)
    transitions_per_s: float = _quota(800, "state transitions, each second", _STEPS)
    s3_puts_per_s: float = _quota(3500, "writes under one prefix, each second", _S3)
    uplink_bytes_per_s: float = _quota(10e6, "bytes from this machine, each second", _GUESS)
    judge_latency_s: float = _quota(2.5, "seconds of one call of a judge", _GUESS)
    overhead_s: float = _quota(0.15, "seconds of an event beside its judges", _GUESS)
    lambda_gb_s: float = _quota(0.0000133334, "USD for a gigabyte-second", _PRICES)
    lambda_call: float = _quota(0.2e-6, "USD for a call of a function", _PRICES)
    transition: float = _quota(25e-6, "USD for a state transition", _PRICES)
    s3_put: float = _quota(5e-6, "USD for a write", _PRICES)

    def with_own(self, own: Mapping[str, float]) -> Quotas:
        """These, with some in another account's place.

        Raises:
            UsageError: there is no quota of that name, or its value is not above 0.
        """
        known = {one.name for one in fields(self)}
        for name, value in own.items():
            if name not in known:
                raise UsageError(f"no quota {name}; there are {', '.join(sorted(known))}")
            if not value > 0:
                raise UsageError(f"the quota {name} is {value:g}, but has to be above 0")
        return replace(self, **own)


def about_quotas(quotas: Quotas) -> list[tuple[str, float, str, str]]:
    """Name, value, what it bounds and where that is written, of each."""
    return [
        (one.name, getattr(quotas, one.name), one.metadata["about"], one.metadata["source"])
        for one in fields(quotas)
    ]
