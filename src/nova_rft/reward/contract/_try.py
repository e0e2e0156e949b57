"""Asking a reward Lambda hard events, and saying what is wrong with its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from nova_rft.reward.contract._answer import answer_problems
from nova_rft.reward.contract._events import HardEvent, hard_events

_SLOW_S: Final = 60.0
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Answered:
    """What a call gave.

    Attributes:
        answer: What the function returned; none where it failed.
        error: What it said when it failed; empty where it did not.
        seconds: How long it took.
    """

    answer: Any = None
    error: str = ""
    seconds: float = 0.0


Call = Callable[[Any], Answered]


@dataclass(frozen=True, slots=True)
class Tried:
    """One event that was asked, and what was wrong.

    Attributes:
        name: What is hard about the event.
        severity: ok, warning or error.
        problems: What was wrong; of many the first few.
        seconds: How long the answer took.
    """

    name: str
    severity: Literal["ok", "warning", "error"]
    problems: tuple[str, ...]
    seconds: float


def try_contract(call: Call, sample: Mapping[str, Any] | None = None) -> Iterator[Tried]:
    """Asks one hard event after the other, and then compares answers with each other.

    Args:
        call: Hands an event to the function.
        sample: An item of one's own; see `hard_events`.
    """
    scores: dict[str, list[float]] = {}
    for hard in hard_events(sample):
        answered = call(hard.event)
        problems = _problems(hard, answered)
        if not problems and isinstance(answered.answer, list):
            scores[hard.name] = [one["aggregate_reward_score"] for one in answered.answer]
        severity = hard.weight if problems else "ok"
        yield Tried(hard.name, severity, tuple(problems[:_SHOWN]), answered.seconds)
    yield from _compared(call, scores, sample)


def _problems(hard: HardEvent, answered: Answered) -> list[str]:
    slow = f"took {answered.seconds:.0f} s; training waits for the slowest answer"
    late = [slow] if answered.seconds > _SLOW_S else []
    if hard.wanted == "refuses":
        if not answered.error:
            return [
                "answered an event that holds no items; raise an error that says what came",
                *late,
            ]
        return late
    if answered.error:
        return [f"failed, and all rewards of the event are lost: {answered.error[:300]}", *late]
    return answer_problems(hard.ids or (), answered.answer) + late


def _compared(
    call: Call, scores: Mapping[str, list[float]], sample: Mapping[str, Any] | None
) -> Iterator[Tried]:
    """What no single answer shows: a constant, a default, an order that counts."""
    plain = next(hard for hard in hard_events(sample) if hard.name == "a plain item")
    first, again = scores.get(plain.name), call(plain.event)
    if first is not None and not answer_problems(plain.ids or (), again.answer):
        second = [one["aggregate_reward_score"] for one in again.answer]
        same = first == second
        why = () if same else (f"the same event was paid {first[0]:g} and then {second[0]:g}",)
        # A judge that is sampled may differ; what is learnt from such noise is noise.
        yield Tried("the same event twice", "ok" if same else "warning", why, again.seconds)
    paid = {name: values for name, values in scores.items() if values}
    everything = {value for values in paid.values() for value in values}
    constant = len(paid) > 3 and len(everything) == 1
    said = (f"every response, right, empty or hostile, is paid {next(iter(everything), 0):g}",)
    yield Tried("different responses", "error" if constant else "ok", said if constant else (), 0.0)
    empty = paid.get("an empty response")
    if empty is not None and not constant:
        rewarded = empty[0] > empty[1]
        why = (f"an empty response is paid {empty[0]:g}, the plain one {empty[1]:g}",)
        name = "an empty response beside a plain one"
        yield Tried(name, "error" if rewarded else "ok", why if rewarded else (), 0.0)
