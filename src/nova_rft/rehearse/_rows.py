"""Rollouts of a rehearsal as rows of the traces, for the commands that read rollouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.outcome import Cause
from nova_rft.rehearse._grade import Graded
from nova_rft.reward import read_event

_UNSAID: Final = {"cause": str(Cause.NO_VALUE), "detail": "an answer does not say why"}


def rows_of(
    event: Sequence[Any],
    graded: Sequence[Graded],
    groups: Sequence[int],
    terms: Sequence[str],
    **common: Any,
) -> Iterator[dict[str, Any]]:
    """A row for each rollout, as a preview writes it; details of terms alone are missing.

    Args:
        event: As it was scored.
        graded: What the answer said.
        groups: The prompt of each.
        terms: The reward's, by name: an answer has metrics of other names too.
        **common: Fields that every row carries.
    """
    for item, one, group in zip(read_event(event), graded, groups, strict=True):
        if isinstance(item, Rollout):
            yield {
                **common,
                "id": item.id,
                "group": str(group),
                "prompt": [{"role": turn.role, "content": turn.text} for turn in item.prompt],
                "response": item.response,
                "reference": item.reference,
                "reward": one.reward,
                "abstained": _UNSAID if one.abstained else None,
                "terms": {name: _term(name, one) for name in terms},
                "metadata": dict(item.metadata),
            }


def _term(name: str, one: Graded) -> Mapping[str, Any]:
    weighted = {"weighted": one.weighted[name]} if name in one.weighted else {}
    if name not in one.values:
        return {"abstained": _UNSAID, **weighted}
    return {"value": one.values[name], **weighted}
