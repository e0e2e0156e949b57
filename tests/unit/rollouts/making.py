"""Scored rollouts made by hand."""

from __future__ import annotations

from typing import Any

from nova_rft.data import Message, Rollout
from nova_rft.rollouts import Seen
from nova_rft.spec import Spec, parse

HEAD = """\
project: sums
model: amazon.nova-2-lite-v1:0:256k
data: {train: r.jsonl}
training: {samples_per_prompt: 4, batch_size: 32}
"""
RIGHT = "    - {name: right, type: match, how: contains, within: response}\n"


def spec(*terms: str, range: str = "[0, 1]") -> Spec:
    """A spec with these terms; left out, a verifier alone."""
    lines = "".join(terms) or RIGHT
    return parse(f"{HEAD}reward:\n  range: {range}\n  terms:\n{lines}")


def seen(
    group: str,
    reward: float | None,
    response: str = "4",
    *,
    id: str = "",
    event: str = "",
    fields: dict[str, Any] | None = None,
    noted: dict[str, Any] | None = None,
    **terms: float,
) -> Seen:
    """A scored rollout; without terms the reward is what `right` brought."""
    values = terms or ({} if reward is None else {"right": reward})
    rollout = Rollout(
        id or f"{group}-x", group, (Message("user", f"{group}?"),), response, None, fields or {}
    )
    return Seen(rollout, True, reward, values, values, event, noted=noted or {})
