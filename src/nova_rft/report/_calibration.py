"""The page on a calibration: verdict, figures with pictures, and the worst disagreements to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from nova_rft.calibrate import (
    Against,
    Calibration,
    Disagreement,
    Figure,
    Fitness,
    Labels,
    confusion,
    worst,
)
from nova_rft.calibrate.labels import Label
from nova_rft.report import _calibration_charts as charts
from nova_rft.report._environment import environment
from nova_rft.report._examples import cut
from nova_rft.report._wording import number
from nova_rft.report._write import write_page

_SHOWN: Final = 12
_LONGEST: Final = 3_000
# More labels make no table that anybody reads.
_MOST_LABELS: Final = 12
_TONE: Final = {Fitness.FIT: "good", Fitness.WARNING: "warning", Fitness.UNFIT: "bad"}


@dataclass(frozen=True, slots=True)
class _Judge:
    """One judge as the page shows it."""

    found: Calibration
    tone: str
    agreement: list[tuple[str, Figure, Figure | None]]
    others: list[tuple[str, Figure]]
    pictures: list[tuple[str, str, Markup]]
    worst: list[Disagreement]


def write_calibration_page(
    labels: Labels,
    judges: Sequence[Calibration],
    against: Sequence[Against],
    currency: str,
    path: Path,
) -> Path:
    """Writes the page, whole or not at all, and gives back where it is.

    Args:
        labels: What people said.
        judges: What was found of each judge.
        against: Each judge against the best.
        currency: Of what asking cost.
        path: Where to; missing folders are made.

    Raises:
        StorageError: this machine refused to store it.
    """
    return write_page(render_calibration_page(labels, judges, against, currency), path)


def render_calibration_page(
    labels: Labels, judges: Sequence[Calibration], against: Sequence[Against], currency: str
) -> str:
    """The page as HTML; what it is given gets escaped."""
    return (
        environment()
        .get_template("calibration.html.j2")
        .render(
            labels=labels,
            judges=[_judge(one) for one in judges],
            against={one.judge: one for one in against},
            currency=currency,
            figure=_figure,
            interval=_interval,
            clipped=_clipped,
            label=_label,
        )
    )


def _judge(found: Calibration) -> _Judge:
    total, ceiling = found.total, found.ceiling
    agreement: list[tuple[str, Figure, Figure | None]] = [
        ("Accuracy", total.accuracy, ceiling.accuracy),
        ("Cohen's kappa", total.kappa, ceiling.kappa),
        ("Krippendorff's alpha", total.alpha, ceiling.alpha),
        ("Spearman", total.spearman, None),
        ("Kendall", total.kendall, None),
        ("Unreadable", total.unreadable, None),
    ]
    return _Judge(
        found,
        _TONE[found.ruling.fitness],
        agreement,
        list(found.other_figures()),
        _pictures(found, agreement),
        worst(found.sheet, _SHOWN),
    )


def _pictures(
    found: Calibration, agreement: Sequence[tuple[str, Figure, Figure | None]]
) -> list[tuple[str, str, Markup]]:
    """Title, what it shows, and the picture, of those that there is something to show in."""
    by = "kappa" if not found.numeric else "spearman"
    criteria = [(name, getattr(one, by), None) for name, one in found.criteria.items()]
    bins = [(one.score, one.people, one.count) for one in found.curve.bins]
    labels = found.sheet.scale.labels
    table = confusion(found.sheet)
    known = {label for label, _ in table} | {label for _, label in table if label is not None}
    drawn = [
        (
            "Agreement",
            "Dot: the judge. Bar: 95 % interval over prompts. Tick: annotators among themselves.",
            charts.intervals_chart(agreement[:-1], title="Agreement with people"),
        ),
        (
            f"Each criterion ({by})",
            "95 % interval over prompts.",
            charts.intervals_chart(criteria, title="Agreement on each criterion"),
        ),
        (
            "What people said and what the judge said",
            "Darker: oftener, of what people said.",
            charts.confusion_chart(table, labels, title="Confusion")
            if len(labels) <= _MOST_LABELS and known <= set(labels)
            else None,
        ),
        (
            "From the judge's score to people's",
            "Dots: some of the responses each. Dashed: the score as it is. Line: the curve.",
            charts.curve_chart(bins, found.curve.curve, title="Calibration curve"),
        ),
    ]
    return [(title, says, picture) for title, says, picture in drawn if picture is not None]


def _figure(figure: Figure | None) -> str:
    return "" if figure is None or figure.value is None else number(figure.value)


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return figure.reason
    return f"{number(figure.low)} to {number(figure.high)}"


def _clipped(text: str) -> str:
    return cut(text, _LONGEST)


def _label(label: Label | None) -> str:
    if label is None:
        return "unreadable"
    return label if isinstance(label, str) else f"{label:.3g}"
