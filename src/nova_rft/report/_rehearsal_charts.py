"""Pictures of a rehearsal: its figures step by step, training and held-out prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from nova_rft.rehearse import Outcome, Step
from nova_rft.report._charts import Curve, steps_chart
from nova_rft.report._wording import figure

# Figures of a step by prefix, as `nova_rft.rehearse.Step` names them.
WEIGHTED: Final = "weighted:"
_CHECK: Final = "check:"
_PICTURES: Final = (
    ("Reward", "reward", "reward", "what goes to the trainer"),
    ("What is right", "check", "share", "by the checks, 0 to 1"),
    ("Length of responses", "length", "tokens", "in the policy's own tokens"),
    ("Entropy", "entropy", "nats", "how open the policy still is, a token"),
    ("Groups without signal", "tied", "share", "all rollouts of a prompt earned the same"),
    ("Repetition", "repeated", "share", "of runs of twelve characters"),
)
# Of these the first ones tell most.
_TELLING: Final = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart and what stands over it.

    Attributes:
        title: What it shows.
        plain: The same in more words.
        held_out: Whether held-out prompts are in it.
        chart: The SVG.
    """

    title: str
    plain: str
    held_out: bool
    chart: Markup


def summary_pictures(steps: Sequence[Step]) -> Iterator[Picture]:
    """The pictures that tell most of a rehearsal: what was paid for, and what is right."""
    yield from rehearsal_pictures(steps, _PICTURES[:_TELLING])


def rehearsal_pictures(
    steps: Sequence[Step], asked: Sequence[tuple[str, str, str, str]] = _PICTURES
) -> Iterator[Picture]:
    for title, name, axis, plain in asked:
        chart = _chart(steps, name, title, axis)
        if chart is not None:
            yield Picture(title, plain, _has(_looks(steps), name), chart)


def _trained(steps: Sequence[Step]) -> list[Step]:
    return [one for one in steps if not one.held_out]


def _looks(steps: Sequence[Step]) -> list[Step]:
    return [one for one in steps if one.held_out]


def term_pictures(outcome: Outcome) -> Iterator[Picture]:
    for term in outcome.facts.terms:
        if not term.paid:
            continue
        name = WEIGHTED + term.name
        chart = _chart(outcome.steps, name, term.name, "part of the reward")
        if chart is not None:
            yield Picture(term.name, term.type, _has(outcome.looks, name), chart)


def _chart(steps: Sequence[Step], name: str, title: str, axis: str) -> Markup | None:
    trained = _trained(steps)
    points = _points(trained, name)
    if len(points) < 2:
        return None
    held = _points(_looks(steps), name)
    ends = 0, max(trained[-1].number, *(int(step) for step, _ in held), 1)
    told = (
        f"{figure(points[0][1])} at step {int(points[0][0])}, {figure(points[-1][1])} at step "
        f"{int(points[-1][0])}."
    )
    curves = [Curve(points)]
    if held:
        curves.append(Curve(held, second=True))
        told += (
            f" On held-out prompts {figure(held[0][1])} at first, {figure(held[-1][1])} at last."
        )
    return steps_chart(curves, ends, title=title, axis=axis, told=told)


def _points(steps: Sequence[Step], name: str) -> list[tuple[float, float]]:
    return [(one.number, one.figures[name]) for one in steps if name in one.figures]


def _has(steps: Sequence[Step], name: str) -> bool:
    return any(name in one.figures for one in steps)
