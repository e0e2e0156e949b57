"""The page on a rehearsal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from nova_rft.rehearse import Outcome, Sample, Step
from nova_rft.report._charts import Curve, steps_chart
from nova_rft.report._page import environment
from nova_rft.report._wording import figure
from nova_rft.report._write import write_page

# Figures of a step by prefix, as `nova_rft.rehearse.Step` names them.
_WEIGHTED: Final = "weighted:"
_CHECK: Final = "check:"
_PICTURES: Final = (
    ("Reward", "reward", "reward", "what goes to the trainer"),
    ("What is right", "check", "share", "by the checks, 0 to 1"),
    ("Length of responses", "length", "tokens", "in the policy's own tokens"),
    ("Entropy", "entropy", "nats", "how open the policy still is, a token"),
    ("Groups without signal", "tied", "share", "all rollouts of a prompt earned the same"),
    ("Repetition", "repeated", "share", "of runs of twelve characters"),
)
_TONES: Final = {"learns": "good", "stalls": "warning", "hacks": "bad", "cannot tell": "warning"}
_CUT: Final = 400


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


@dataclass(frozen=True, slots=True)
class Row:
    """A figure at the start and at the end."""

    name: str
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Read:
    """What one held-out prompt was answered with, over time."""

    prompt: str
    samples: Sequence[Sample]


def render_rehearsal(outcome: Outcome, project: str) -> str:
    """The page; equal outcomes give equal pages.

    Args:
        outcome: What was found.
        project: The spec's name.
    """
    return (
        environment()
        .get_template("rehearsal.html.j2")
        .render(
            project=project,
            outcome=outcome,
            # The style sheet is ours; everything else that the template is given gets escaped.
            tone=_TONES[outcome.verdict.name],
            pictures=list(_pictures(outcome)),
            terms=list(_terms(outcome)),
            looks=_rows(outcome.looks),
            measures=_rows(outcome.trained),
            read=_read(outcome.samples),
            shortened=_shortened,
        )
    )


def write_rehearsal_page(outcome: Outcome, project: str, path: Path) -> Path:
    """Writes the page, and gives back where it is.

    Raises:
        StorageError: this machine refused to store it.
    """
    return write_page(render_rehearsal(outcome, project), path)


def _pictures(outcome: Outcome) -> Iterator[Picture]:
    for title, name, axis, plain in _PICTURES:
        chart = _chart(outcome, name, title, axis)
        if chart is not None:
            yield Picture(title, plain, _has(outcome.looks, name), chart)


def _terms(outcome: Outcome) -> Iterator[Picture]:
    for term in outcome.facts.terms:
        if not term.paid:
            continue
        name = _WEIGHTED + term.name
        chart = _chart(outcome, name, term.name, "part of the reward")
        if chart is not None:
            yield Picture(term.name, term.type, _has(outcome.looks, name), chart)


def _chart(outcome: Outcome, name: str, title: str, axis: str) -> Markup | None:
    points = _points(outcome.trained, name)
    if len(points) < 2:
        return None
    held = _points(outcome.looks, name)
    ends = 0, max(outcome.trained[-1].number, *(int(step) for step, _ in held), 1)
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


def _rows(steps: Sequence[Step]) -> list[Row]:
    """Every figure's first and last value, terms' own apart."""
    found: dict[str, Row] = {}
    for step in steps:
        for name, value in step.figures.items():
            if not name.startswith(_WEIGHTED) and not name.endswith("_deviation"):
                first = found[name].first if name in found else value
                found[name] = Row(name, first, value)
    return list(found.values())


def _read(samples: Sequence[Sample]) -> list[Read]:
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.prompt, []).append(sample)
    return [Read(prompt, some) for prompt, some in found.items()]


def _shortened(text: str) -> str:
    """A text cut to what a reader takes in, and says so."""
    return text if len(text) <= _CUT else f"{text[:_CUT]} \u2026 ({len(text):,} characters)"
