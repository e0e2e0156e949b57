"""How a rehearsal looks while it runs: a small table on a terminal, else a line now and then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from nova_rft.cli.watch import sparkline

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from nova_rft.rehearse import Progress, Settings, Step

_PHASES: Final = {
    "loading": "loading torch and TRL",
    "skill": "warming up: right responses",
    "habits": "warming up: habits",
    "forecast": "looking ahead",
    "training": "training",
}
# What is shown, in this order, and its form.
_SHOWN: Final = (
    ("reward", "reward", "{:+.3f}"),
    ("check", "right", "{:.3f}"),
    ("length", "tokens", "{:.1f}"),
    ("entropy", "entropy", "{:.3f}"),
    ("tied", "tied groups", "{:.2f}"),
    ("repeated", "repeated", "{:.2f}"),
)
_WEIGHTED: Final = "weighted:"
_LINE_EVERY: Final = 10


@contextmanager
def progress_on(screen: Console, settings: Settings) -> Iterator[Progress]:
    """Somebody to tell; on a terminal the table is gone from the end on."""
    if not screen.is_terminal:
        yield _Lines(screen, settings.steps)
        return
    from rich.live import Live

    with Live(console=screen, refresh_per_second=4, transient=True) as live:
        yield _Table(live, settings)


class _Lines:
    """Without a terminal: a line at each phase, and every few steps."""

    def __init__(self, screen: Console, steps: int) -> None:
        self._screen = screen
        self._steps = steps
        self._phase = ""

    def phase(self, name: str, done: int, most: int) -> None:
        if name != self._phase:
            self._phase = name
            self._screen.print(_PHASES.get(name, name), markup=False)

    def step(self, step: Step) -> None:
        if step.held_out or step.number % _LINE_EVERY == 0 or step.number + 1 == self._steps:
            where = "held out, after" if step.held_out else "step"
            told = [
                f"{title} {form.format(step.figures[name])}"
                for name, title, form in _SHOWN
                if name in step.figures
            ]
            self._screen.print(
                " · ".join([f"{where} {step.number}", *told]), markup=False, soft_wrap=True
            )


class _Table:
    """On a terminal: how far it is, and each figure's course."""

    def __init__(self, live: Any, settings: Settings) -> None:
        self._live = live
        self._settings = settings
        self._now = ("", 0, 1)
        self._figures: dict[str, list[float]] = {}
        self._held_out: list[float] = []
        self._seconds = 0.0
        self._drawn = 0.0

    def phase(self, name: str, done: int, most: int) -> None:
        self._now = (name, done, most)
        # A step of the warm start takes a tenth of a second, and so does drawing.
        if done == most or time.monotonic() - self._drawn > 0.25:
            self._draw()

    def step(self, step: Step) -> None:
        self._seconds = step.seconds
        if step.held_out:
            self._held_out.append(step.figures.get("check", step.figures["reward"]))
        else:
            for name, value in step.figures.items():
                self._figures.setdefault(name, []).append(value)
        self._draw()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        self._live.update(self._view())

    def _view(self) -> RenderableType:
        from rich.markup import escape
        from rich.table import Table

        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="dim", no_wrap=True, width=16)
        table.add_column(overflow="fold")
        name, done, most = self._now
        table.add_row("rehearsal", f"{_PHASES.get(name, name)} [dim]{done:,} of {most:,}[/]")
        if self._seconds:
            table.add_row(
                "time", f"{self._seconds:.0f} s of at most {self._settings.minutes:g} min"
            )
        for figure, title, form in _SHOWN:
            if figure in self._figures:
                table.add_row(title, _trend(self._figures[figure], form))
            if figure == "reward":
                for term in [one for one in self._figures if one.startswith(_WEIGHTED)]:
                    shown = escape(term.removeprefix(_WEIGHTED)[:14])
                    table.add_row(f"  {shown}", _trend(self._figures[term], "{:+.3f}"))
        if self._held_out:
            table.add_row("held out", _trend(self._held_out, "{:.3f}"))
        return table


def _trend(values: list[float], form: str) -> str:
    return f"{form.format(values[-1])}  [cyan]{sparkline(values)}[/]"
