"""How commands are added: each with examples, which its help ends with and a test runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self, TypeVar

import typer

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
        text = _flowing(function.__doc__ or "")
        return app.command(name, help=text, epilog=Examples(*examples))(function)

    return add


def _flowing(docstring: str) -> str:
    """Each paragraph as one line: it breaks where the terminal ends, not where the source did."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs)
