"""A reward as a function for TRL's GRPO trainer: the other way of `TrlTerm`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nova_rft.reward._event import Item, read_item
from nova_rft.reward.functions.trl import NOT_CARRIED

# Columns that hold the reference, by what data sets call it; the first that there is counts.
_REFERENCE: Final = ("reference_answer", "answer", "solution", "ground_truth")
TrlFunction = Callable[..., list[float]]


def as_trl(wires: Callable[[Sequence[Item]], list[float]]) -> TrlFunction:
    """A function for TRL's `reward_funcs`.

    Args:
        wires: What goes to the trainer for each item of an event.
    """

    def nova_rft(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float]:
        return wires([read_item(item) for item in items_of(prompts, completions, columns)])

    return nova_rft


def items_of(
    prompts: Sequence[Any], completions: Sequence[Any], columns: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """TRL's columns as the items of a reward event.

    Args:
        prompts: Texts, or lists of messages.
        completions: The same; of several messages the last one is the response.
        columns: One value for each completion; what has another length is no column.
    """
    count = len(completions)
    kept = {name: list(some) for name, some in columns.items() if _is_column(name, some, count)}
    reference = next((kept[name] for name in _REFERENCE if name in kept), None)
    if reference is not None:
        kept["reference_answer"] = reference
    return [
        {
            "id": str(row),
            "messages": [
                *_messages(prompts[row], "user"),
                *_messages(completions[row], "assistant"),
            ],
            "metadata": {name: some[row] for name, some in kept.items()},
        }
        for row in range(count)
    ]


def _is_column(name: str, some: Any, count: int) -> bool:
    sized = isinstance(some, Sequence) and not isinstance(some, str)
    return name not in NOT_CARRIED and sized and len(some) == count


def _messages(given: Any, role: str) -> list[dict[str, Any]]:
    if isinstance(given, str):
        return [{"role": role, "content": given}]
    return [dict(message) for message in given]
