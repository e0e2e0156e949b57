"""`nova-rft data rules`: what records are held to, and who says so."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import JsonOption, console, print_json


def rules(
    technique: Annotated[
        str | None, typer.Option(help="Only those of rft, sft, dpo, cpt or distillation.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the rules for records, each with its severity and source."""
    from nova_rft.data import RULES

    found = [r for r in RULES.values() if technique is None or technique in r.techniques]
    if json:
        print_json([rule.as_dict() for rule in found])
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("rule", "", "what is right"):
        table.add_column(title, overflow="fold")
    for rule in found:
        colour = "red" if rule.severity == "error" else "yellow"
        table.add_row(rule.id, f"[{colour}]{rule.severity}[/]", rule.text)
    console().print(table)
