"""What judging took, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nova_rft.judge.models import Totals
    from nova_rft.spec import RewardSpec


def spending(totals: Totals, reward: RewardSpec, calls: str = "judge calls") -> str:
    """Calls, tokens and money; empty where no judge was asked."""
    if not totals.calls and not totals.kept:
        return ""
    usage = totals.usage
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    parts = [f"{totals.calls:,} {calls}"]
    if totals.kept:
        parts.append(f"{totals.kept:,} answers kept from before")
    parts.append(f"{prompt:,} tokens in, {usage.output_tokens:,} out")
    currency = reward.budget.currency if reward.budget else "USD"
    if totals.unpriced:
        parts.append("cost not known: add reward.prices")
    elif reward.prices:
        parts.append(f"{currency} {totals.cost:.4f}")
    return ", ".join(parts)
