"""The page on the command line, from the commands themselves: what `--help` says, on one page."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import typer

from nova_rft.cli._app import app
from nova_rft.cli._examples import Examples

PAGE: Final = Path(__file__).parents[1] / "cli.md"
_HEAD: Final = """\
# The command line

Made from the code by `make docs`; do not edit. `nova-rft COMMAND --help` says the same. What a command
prints for programs (`--json`), and exit statuses: [manual.md](manual.md).
"""
_PLAIN: Final = {str: "text", int: "whole number", float: "number", Path: "path"}


def page() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(app)
    parts = [_HEAD, _section("nova-rft", root)]
    parts += [_section(f"nova-rft {name}", command) for name, command in walk(root)]
    return "\n".join(parts)


def walk(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command below a group, by its words, in the order of `--help`."""
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if hasattr(command, "commands"):
            yield from walk(command, f"{before}{name} ")


def _section(words: str, command: Any) -> str:
    parts = [f"## {words}\n", f"{command.help}\n"]
    if isinstance(command.epilog, Examples):
        parts.append("\n".join(("```sh", *command.epilog.lines, "```\n")))
    if hasattr(command, "commands"):
        below = ", ".join(f"[`{name}`](#{_anchor(f'{words} {name}')})" for name in command.commands)
        parts.append(f"Commands: {below}.\n")
    rows = [_row(one) for one in command.params if one.name != "help" and not one.hidden]
    if rows:
        parts += [
            "| argument or option | type | default | what it is |\n|---|---|---|---|",
            *rows,
            "",
        ]
    return "\n".join(parts)


def _anchor(title: str) -> str:
    return title.replace(" ", "-")


def _row(one: Any) -> str:
    flags = [f"`{flag}`" for flag in (*one.opts, *one.secondary_opts)]
    if one.param_type_name == "argument":
        flags = [f"`{(one.metavar or one.name).strip('[].').upper()}`"]
    default = "required" if one.required else _default(one)
    cells = (", ".join(flags), _type(one), default, (one.help or "").replace("|", "\\|"))
    return f"| {' | '.join(cells)} |"


def _default(one: Any) -> str:
    value = one.default
    if value is None or value == "" or value is False or callable(value):
        return ""
    if one.secondary_opts and isinstance(value, bool):
        return f"`{one.opts[0] if value else one.secondary_opts[0]}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _type(one: Any) -> str:
    annotation = one.type_descriptor.annotation
    often = ""
    if get_origin(annotation) is list:
        (annotation,), often = get_args(annotation), ", may be given again"
        if one.param_type_name == "argument":
            often = ", any number"
    if annotation is bool:
        return "flag"
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(annotation)) + often
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{word.value}`" for word in annotation) + often
    return f"{_PLAIN[annotation]}{_range(one)}{often}"


def _range(one: Any) -> str:
    if one.min is not None and one.max is not None:
        return f", {one.min} to {one.max}"
    if one.min is not None:
        return f", at least {one.min}"
    return "" if one.max is None else f", at most {one.max}"
