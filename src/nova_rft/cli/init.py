"""`nova-rft init`: a project to begin with."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nova_rft.cli._columns import column_names
from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.errors import UsageError

_OWN = "own"


def init(
    folder: Annotated[
        Path | None, typer.Argument(help="The new folder; asked for when left out.")
    ] = None,
    template: Annotated[
        str, typer.Option(help="What to begin with: --list shows all; asked for when left out.")
    ] = "",
    project: Annotated[str, typer.Option(help="The project's name; by default the folder's.")] = "",
    data: Annotated[
        Path | None, typer.Option(help="Your own records, for a project around them.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="With --data: a column's name, such as prompt=question; may be repeated.",
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the templates and exit.")] = False,
    json: JsonOption = False,
) -> None:
    """Write a project that passes check and runs on this machine at once."""
    from nova_rft.init import write_own, write_template

    if list_:
        _show_templates(json)
        return
    chosen = _OWN if data and not template else template or _ask_template()
    if data and chosen != _OWN:
        raise UsageError(
            f"--data {data} goes not with --template {chosen}, which brings records; leave one out"
        )
    if columns and chosen != _OWN:
        raise UsageError("--map names columns of --data FILE; without it leave --map out")
    if chosen == _OWN:
        data = data or Path(_ask("A file of records (JSON Lines, JSON, CSV, Parquet)", "--data"))
    folder = folder or Path(_ask("A new folder", "FOLDER", default=chosen))
    name = project or _name_of(folder)
    if chosen == _OWN and data is not None:
        written = write_own(data, folder, name, column_names(columns or ()))
    else:
        written = write_template(chosen, folder, name)
    if json:
        print_json({"folder": str(written.folder), "files": written.files, "then": written.then})
        return
    out = console()
    out.print(f"{written.folder}: {len(written.files)} files", markup=False, soft_wrap=True)
    out.print("Next, without credentials:")
    enter = () if folder.resolve() == Path.cwd() else (f"cd {shlex.quote(str(written.folder))}",)
    for command in (*enter, *written.then):
        out.print(f"  {command}", markup=False, soft_wrap=True)
    out.print("Then a job, on an embedded AWS, which needs no account either:")
    out.print(f"  {written.up}")


def _show_templates(json: bool) -> None:
    from nova_rft.init import TEMPLATES

    titles = {name: one.title for name, one in TEMPLATES.items()}
    titles[_OWN] = "your own records: --data FILE"
    if json:
        print_json(titles)
        return
    for name, title in titles.items():
        console().print(f"{name:<17} {title}", markup=False, soft_wrap=True)


def _ask_template() -> str:
    from nova_rft.init import TEMPLATES

    names = [*TEMPLATES, _OWN]
    if sys.stdin.isatty():
        _show_templates(json=False)
    return _ask("Which one", f"--template, one of {', '.join(names)}", known=names)


def _ask(what: str, option: str, *, default: str | None = None, known: Sequence[str] = ()) -> str:
    """Asks at a terminal, and again where the answer is none; a program has to say it by an option."""
    if not sys.stdin.isatty():
        raise UsageError(f"nobody can be asked here; give {option}")

    def read(said: str) -> str:
        if known and said not in known:
            raise typer.BadParameter(f"{said!r} is none of them")
        return said

    return str(typer.prompt(what, default=default, value_proc=read, err=True))


def _name_of(folder: Path) -> str:
    """The folder's name as a project's."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-")
    return re.sub(r"^[^a-z]+", "", plain)[:24].rstrip("-") or "project"
