"""`nova-rft jobs capabilities`: what kinds of job there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.spec import Capability


def capabilities(
    technique: Annotated[
        str | None, typer.Option(help="Only rft, sft, dpo, cpt or distillation.")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="Only this backend.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Only this base model, by Bedrock's id.")
    ] = None,
    needs: Annotated[
        bool,
        typer.Option("--needs", help="Also regions, what each needs in the account, and sources."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Say what goes with what: technique, adapter, backend, base model and region.

    Exit status 1 when nothing matches; then why, and what comes nearest.
    """
    from nova_rft.spec import CAPABILITIES, Refusal, capability

    asked = {"technique": technique, "backend": backend, "model": model}
    found = [
        cell
        for cell in CAPABILITIES
        if all(value in (None, getattr(cell, key)) for key, value in asked.items())
    ]
    if json:
        print_json([cell.as_dict() for cell in found])
    elif found:
        _print_cells(found, needs=needs)
    if found:
        return
    if technique and backend and model:
        refusal = capability(technique, backend, model)
        if isinstance(refusal, Refusal):
            console().print(str(refusal), markup=False, soft_wrap=True)
        raise typer.Exit(1)
    raise UsageError(_unknown(asked))


def _unknown(asked: Mapping[str, str | None]) -> str:
    from nova_rft.spec import CAPABILITIES

    for key, value in asked.items():
        known = dict.fromkeys(getattr(cell, key) for cell in CAPABILITIES)
        if value is not None and value not in known:
            return f"--{key} {value} is not known; use {', '.join(known)}"
    named = " and ".join(f"{key} {value}" for key, value in asked.items() if value)
    return f"nothing goes with {named}; name technique, backend and model to learn why"


def _print_cells(cells: list[Capability], *, needs: bool) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("technique", "backend", "base model", "adapter"):
        table.add_column(title, overflow="fold")
    rows: dict[tuple[str, str, str], list[str]] = {}
    for cell in cells:
        rows.setdefault((cell.technique, cell.backend, cell.model), []).append(cell.adapter)
    for place, adapters in rows.items():
        table.add_row(*place, ", ".join(adapters))
    out = console()
    out.print(table)
    if needs:
        for regions in dict.fromkeys(cell.regions for cell in cells):
            where = dict.fromkeys(cell.backend for cell in cells if cell.regions == regions)
            what = f"known in {', '.join(regions)}: {', '.join(where)}"
            out.print(what, markup=False, soft_wrap=True)
    if needs:
        for need in dict.fromkeys(need for cell in cells for need in cell.needs):
            who = dict.fromkeys(f"{c.technique} on {c.backend}" for c in cells if need in c.needs)
            out.print(f"needs {need}: {', '.join(who)}", markup=False, soft_wrap=True)
        for source in dict.fromkeys(cell.source for cell in cells):
            out.print(f"source: {source}", markup=False, soft_wrap=True)
