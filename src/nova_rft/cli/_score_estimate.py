"""`nova-rft score --estimate`: what it will take, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nova_rft.cli._common import console, print_json
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.scale.estimate import Estimate
    from nova_rft.spec import RewardSpec


def read_quotas(given: Sequence[str]) -> dict[str, float]:
    """NAME=VALUE, each.

    Raises:
        UsageError: one is neither.
    """
    quotas = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            quotas[name] = float(value)
        except ValueError:
            raise UsageError(
                f"--quota {text}: no number; write NAME=VALUE, such as requests_per_minute=200"
            ) from None
    return quotas


def show_estimate(found: Estimate, reward: RewardSpec, *, json: bool) -> None:
    """Prints an estimate."""
    if json:
        print_json(found.as_dict())
        return
    said = console()
    where = f"{found.jobs:,} batches" if found.engine == "batch" else f"{found.events:,} events"
    said.print(
        f"{found.items:,} responses by {found.engine}: {where}, {found.bytes / 1e6:,.1f} MB, "
        f"{found.calls:,} judge calls",
        markup=False,
    )
    said.print(f"about {duration(found.seconds)}, due to {found.binds}", markup=False)
    for name, seconds in found.times.items():
        said.print(f"  {name}: {duration(seconds)}", markup=False)
    currency = reward.budget.currency if reward.budget else "USD"
    if found.judges is not None:
        said.print(f"judges about {currency} {found.judges:,.2f}", markup=False)
    said.print(f"Lambda, Step Functions and S3 about USD {found.services:,.2f}", markup=False)
    for note in found.notes:
        said.print(note, markup=False)


def duration(seconds: float) -> str:
    """Seconds as people say them: 40 s, 12 min, 3.5 h, 2.1 days."""
    for most, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < most:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds / 86_400:,.1f} days"
