"""What was found of judges, for programs and for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nova_rft.cli._common import console, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from nova_rft.calibrate import Against, Calibration, Figure, How, Labels

_COLOURS: Final = {"fit": "green", "fit with a warning": "yellow", "not fit": "red"}


@dataclass(slots=True)
class Found:
    """What was found.

    Attributes:
        judges: Each judge.
        juries: By jury each of its jurors.
        currency: Of what asking cost.
        kept: Where it was written for `nova-rft submit`; None where it was not.
    """

    judges: list[Calibration]
    juries: dict[str, dict[str, Calibration]] = field(default_factory=dict)
    currency: str = "USD"
    kept: Path | None = None


def show(labels: Labels, found: Found, how: How, page: Path | None, *, json: bool) -> None:
    """Prints it, and writes the page where one is asked for."""
    from nova_rft.calibrate import compare_judges, jury_weights

    against = compare_judges(found.judges, how.draws)
    weights = {name: jury_weights(jurors) for name, jurors in found.juries.items()}
    if json:
        print_json(_as_json(labels, found, against, weights))
    else:
        _print(labels, found, against, weights)
    out = console()
    if page is not None:
        from nova_rft.report import write_calibration_page

        written = write_calibration_page(labels, found.judges, against, found.currency, page)
        out.print(f"page: {written}", markup=False, soft_wrap=True)
    if found.kept is not None:
        out.print(f"kept for nova-rft submit: {found.kept}", markup=False, soft_wrap=True)


def _as_json(
    labels: Labels,
    found: Found,
    against: list[Against],
    weights: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    """One judge as an object of its own; several under `judges`, with their comparison."""
    shared: dict[str, Any] = {"file": labels.file, "kind": labels.kind}
    if weights:
        shared["juries"] = {
            name: {
                juror: {"weight": weights[name][juror], **one.as_dict()}
                for juror, one in jurors.items()
            }
            for name, jurors in found.juries.items()
        }
    if len(found.judges) == 1:
        return {**shared, **found.judges[0].as_dict()}
    judges = {one.judge: one.as_dict() for one in found.judges}
    return {**shared, "judges": judges, "comparison": [one.as_dict() for one in against]}


def _print(
    labels: Labels,
    found: Found,
    against: list[Against],
    weights: Mapping[str, Mapping[str, float]],
) -> None:
    out = console()
    for one in found.judges:
        out.print(_heading(labels, one), markup=False, style="bold", soft_wrap=False)
        if len(found.judges) == 1:
            out.print(_agreement(one))
            out.print(_prefers(one))
            if one.criteria:
                out.print(_criteria(one))
            for line in _notes(one, found.currency):
                out.print(line, markup=False)
        _print_ruling(one)
    if len(found.judges) > 1:
        out.print(_comparison(found, against))
    for name, jurors in weights.items():
        said = ", ".join(f"{juror} {weight:g}" for juror, weight in jurors.items())
        out.print(f"weights for the jury {name}: {said}", markup=False)


def _heading(labels: Labels, one: Calibration) -> str:
    what = "pairs" if labels.kind == "pairs" else "responses"
    left = f", {one.left_out:,} left out without a majority" if one.left_out else ""
    return f"{one.judge}: {one.rows:,} {what} of {one.prompts:,} prompts{left}"


def _table(*titles: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, title in enumerate(titles):
        table.add_column(title, justify="right" if place else "left", overflow="fold")
    return table


def _agreement(one: Calibration) -> Table:
    total, ceiling = one.total, one.ceiling
    table = _table("agreement with people", "value", "95 % interval", "annotators")
    beside = {"accuracy": ceiling.accuracy, "kappa": ceiling.kappa, "alpha": ceiling.alpha}
    for name in ("accuracy", "kappa", "alpha", "spearman", "kendall", "unreadable"):
        shown = f"{name} ({one.weights})" if name == "kappa" and one.weights != "none" else name
        other = _number(beside[name]) if name in beside else ""
        table.add_row(shown, *_cells(getattr(total, name)), other)
    if ceiling.judge.value is not None:
        table.add_row("kappa with each annotator", *_cells(ceiling.judge), _number(ceiling.kappa))
    return table


def _prefers(one: Calibration) -> Table:
    table = _table("what else decides", "value", "95 % interval")
    for name, figure in one.other_figures():
        if figure.value is not None:
            table.add_row(name, *_cells(figure))
    return table


def _criteria(one: Calibration) -> Table:
    table = _table("criterion", "n", "accuracy", "kappa", "spearman", "unreadable")
    for name, each in one.criteria.items():
        figures = (each.accuracy, each.kappa, each.spearman, each.unreadable)
        table.add_row(name, f"{each.rows:,}", *map(_number, figures))
    return table


def _notes(one: Calibration, currency: str) -> Iterator[str]:
    if one.signal.reads and one.signal.reads > 1:
        yield f"{one.signal.reads} readings, their mean taken, would be reliable (0.8)."
    if one.curve.curve is not None:
        yield f"A curve to people's scale was fitted ({one.curve.curve.method})."
    if one.attacks is not None:
        yield f"{one.attacks.paid} of {one.attacks.tried} attacks pay."
    took = one.took
    if took is not None and took.calls:
        seconds = "" if took.median_s is None else f", {took.median_s:.2f} s each"
        cost = "cost not known" if took.cost is None else f"{currency} {took.cost:.4f}"
        yield f"{took.calls:,} judge calls{seconds}, {cost}"


def _print_ruling(one: Calibration) -> None:
    out = console()
    fitness = str(one.ruling.fitness)
    out.print(f"[{_COLOURS[fitness]}]{fitness}[/] to train with", highlight=False)
    for complaint in one.ruling.complaints:
        out.print(f"  {complaint}", markup=False)


def _comparison(found: Found, against: list[Against]) -> Table:
    table = _table(
        "judge", "accuracy", "kappa", "same in both", "length", "cost", "s", "behind", "p"
    )
    behind = {one.judge: one for one in against}
    for one in found.judges:
        took, lead = one.took, behind.get(one.judge)
        cost = "" if took is None or took.cost is None else f"{took.cost:.3f}"
        seconds = "" if took is None or took.median_s is None else f"{took.median_s:.2f}"
        table.add_row(
            one.judge,
            *map(
                _number,
                (one.total.accuracy, one.total.kappa, one.position.consistent, one.biases.length),
            ),
            cost,
            seconds,
            "best" if lead is None else _number(lead.lead),
            "" if lead is None else f"{lead.p:.3f}",
        )
    return table


def _number(figure: Figure) -> str:
    return "" if figure.value is None else f"{figure.value:.3f}"


def _cells(figure: Figure) -> tuple[str, str]:
    """A value and its interval; what is missing in a few words."""
    if figure.value is None:
        return "", figure.reason
    if figure.low is None or figure.high is None:
        return _number(figure), figure.reason
    return _number(figure), f"{figure.low:.3f} to {figure.high:.3f}"
