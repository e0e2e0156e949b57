"""The pictures of what a job measured, and the figures that are told without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from nova_rft.report._charts import Curve, steps_chart
from nova_rft.report._measured import Measured, Step, points_of
from nova_rft.report._wording import figure

# More points than this no reader can tell apart on such a picture.
_MOST_POINTS: Final = 240
# Title, axis, and the figures that share it.
_PICTURES: Final = (
    ("Losses", "loss", ("loss", "validation_loss")),
    ("Reward", "reward", ("reward", "validation_reward")),
    ("Entropy", "entropy", ("entropy",)),
    ("Gradient norm", "norm", ("grad_norm",)),
    ("Response length", "tokens", ("length",)),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart and what stands over it.

    Attributes:
        title: What it shows.
        figures: The figures in it.
        chart: The SVG.
    """

    title: str
    figures: list[Measured]
    chart: Markup


def pictures(measured: Sequence[Measured], steps: Sequence[Step]) -> list[Picture]:
    """One for each family of figures that has a course, all over the same steps."""
    return [_picture(title, axis, found, steps) for title, axis, found in _families(measured)]


def without_picture(measured: Sequence[Measured]) -> list[Measured]:
    """The figures that a table tells."""
    drawn = {one.name for _, _, found in _families(measured) for one in found}
    return [one for one in measured if one.name not in drawn]


def steps_per_point(measured: Sequence[Measured]) -> int:
    """How many steps make one point of a picture, at most."""
    return max((-(-one.count // _MOST_POINTS) for one in measured), default=1)


def is_held_out(one: Measured) -> bool:
    """Whether a figure is of validation records; it has the second colour."""
    return one.name.startswith("validation_")


def _families(measured: Sequence[Measured]) -> Iterator[tuple[str, str, list[Measured]]]:
    by_name = {one.name: one for one in measured}
    for title, axis, names in _PICTURES:
        found = [by_name[name] for name in names if name in by_name]
        # One step makes no line.
        if any(one.count > 1 for one in found):
            yield title, axis, found


def _picture(title: str, axis: str, figures: list[Measured], steps: Sequence[Step]) -> Picture:
    curves = [
        Curve(points_of(steps, one.name, _MOST_POINTS), second=is_held_out(one)) for one in figures
    ]
    ends = int(steps[0]["step"]), int(steps[-1]["step"])
    told = " ".join(_told(one) for one in figures)
    return Picture(title, figures, steps_chart(curves, ends, title=title, axis=axis, told=told))


def _told(one: Measured) -> str:
    return (
        f"{one.plain}: {figure(one.first)} at step {one.first_step:,}, {figure(one.last)} at step "
        f"{one.last_step:,}, between {figure(one.low)} and {figure(one.high)}."
    )
