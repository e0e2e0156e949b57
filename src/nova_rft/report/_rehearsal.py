"""The page on a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nova_rft.rehearse import Outcome, Sample, Step
from nova_rft.report._environment import environment
from nova_rft.report._rehearsal_charts import WEIGHTED, rehearsal_pictures, term_pictures
from nova_rft.report._write import write_page

_TONES: Final = {"learns": "good", "stalls": "warning", "hacks": "bad", "cannot tell": "warning"}
_CUT: Final = 400


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
            pictures=list(rehearsal_pictures(outcome.steps)),
            terms=list(term_pictures(outcome)),
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


def _rows(steps: Sequence[Step]) -> list[Row]:
    """Every figure's first and last value, terms' own apart."""
    found: dict[str, Row] = {}
    for step in steps:
        for name, value in step.figures.items():
            if not name.startswith(WEIGHTED) and not name.endswith("_deviation"):
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
