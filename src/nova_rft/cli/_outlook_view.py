"""Where the reward would lead, for programs and for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nova_rft.cli._common import console, print_json
from nova_rft.cli._signal_view import print_sentence, table

if TYPE_CHECKING:
    from rich.console import Console

    from nova_rft.grpo import FeatureForecast
    from nova_rft.project import Rollouts
    from nova_rft.rollouts import Outlook

_SHOWN: Final = 10
_PHRASES: Final = 5
_NAMES: Final = 22
_RED: Final = ("check_falls",)


def show_outlook(found: Outlook, rollouts: Rollouts, *, json: bool) -> None:
    """Prints it."""
    if json:
        print_json({"rollouts_in": rollouts.where, "unread": rollouts.unread, **found.as_dict()})
        return
    out = console()
    out.print(
        f"{rollouts.where}: {found.rollouts:,} rollouts of {found.prompts:,} prompts, of which "
        f"{found.teaching:,} teach",
        markup=False,
        style="bold",
    )
    for finding in found.findings:
        colour = "red" if finding.code in _RED else "yellow"
        print_sentence(out, f"[{colour}]![/]", finding.text)
    for check in found.checks:
        if check.aligned is not None:
            share = f"{max(check.aligned, 0.0):.0%}"
            print_sentence(
                out,
                "-",
                f"The reward moves the check {check.name} ({_KINDS[check.kind]}) by {share} of what "
                "the check itself would.",
            )
    for title, direction in (("likely to grow", "grows"), ("likely to vanish", "vanishes")):
        told = [one for one in found.forecast.features if one.direction == direction]
        said = [one for one in found.phrases if one.direction == direction][:_PHRASES]
        _print_table(out, title, [*told[:_SHOWN], *said])
        if len(told) > _SHOWN:
            out.print(f"{len(told) - _SHOWN} more; --json lists all", style="dim")
    open_ = [one.name for one in found.forecast.features if one.direction == "open"]
    if open_:
        print_sentence(out, "[dim]open[/]", ", ".join(open_))
    _print_explanation(out, found)


_KINDS: Final = {
    "field": "a field of the records",
    "apart": "a term of weight 0",
    "proven": "a term of the reward",
    "reference": "the reference, matched",
}


def _print_table(out: Console, title: str, features: Sequence[FeatureForecast]) -> None:
    if not features:
        out.print(f"\n{title}: nothing that these rollouts are sure of", markup=False)
        return
    made = table(f"{title:<{_NAMES}}", "now", "change", "95 % interval", "read")
    for one in features:
        last = one.changes[-1]
        made.add_row(
            one.name,
            _plain(one.mean),
            _signed(last.change),
            f"{_signed(last.low)} to {_signed(last.high)}",
            _tail(one.drivers[0]) if one.drivers else "",
        )
    out.print(made)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _signed(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.2g}"


def _tail(name: str, width: int = 14) -> str:
    """The end of an id, where rollouts of a prompt differ."""
    return name if len(name) <= width else f"\u2026{name[1 - width :]}"


def _print_explanation(out: Console, found: Outlook) -> None:
    most = found.forecast.tilts[-1].budget
    out.print(
        f"Changes of the mean over prompts, for the best policy within {most:g} nats of this one; of 20 "
        "features that go nowhere one seems to. read: a rollout that drives it; --json has more, and "
        "smaller budgets.",
        markup=False,
        style="dim",
    )
