"""How commands are added: each with examples, which its help ends with and a test runs; built late."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self, TypeVar

import typer
from typer.core import TyperCommand
from typer.main import get_command_from_info
from typer.models import CommandInfo

_F = TypeVar("_F", bound=Callable[..., Any])


class Examples(str):
    """Command lines as a command's epilog: its help ends with them.

    Whoever has the app has them too: `command.epilog.lines`, of a command as of a group.

    Attributes:
        lines: Each as one would type it in a project's folder; 78 columns at most.
    """

    __slots__ = ("lines",)
    lines: tuple[str, ...]

    def __new__(cls, *lines: str) -> Self:
        """Makes the epilog's text of them."""
        title = "Examples:" if len(lines) > 1 else "Example:"
        made = super().__new__(cls, "\n".join((title, *lines)))
        made.lines = lines
        return made


def command(app: typer.Typer, *examples: str, name: str | None = None) -> Callable[[_F], _F]:
    """Adds a function as a command: its docstring is the help, the examples follow."""

    def add(function: _F) -> _F:
        class Late(_LateCommand):
            told = staticmethod(function)

        def nothing() -> None:
            """Stands for the function until the command is used."""

        named = name or function.__name__.replace("_", "-")
        text = _flowing(function.__doc__ or "")
        app.command(named, cls=Late, help=text, epilog=Examples(*examples))(nothing)
        return function

    return add


class _LateCommand(TyperCommand):
    """A command whose parameters are read off its function when somebody asks for them.

    Reading them takes 3 ms for each, and who types one command uses no other.
    """

    told: Callable[..., Any]
    _read: list[Any] | None = None

    @property
    def params(self) -> list[Any]:
        """The function's arguments and options."""
        if self._read is None:
            mode = self.rich_markup_mode
            info = CommandInfo(callback=self.told)
            made = get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=mode)
            self._read, self.callback = made.params, made.callback
        return self._read

    @params.setter
    def params(self, _: list[Any]) -> None:
        self._read = None


def _flowing(docstring: str) -> str:
    """Each paragraph as one line: it breaks where the terminal ends, not where the source did."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs)
