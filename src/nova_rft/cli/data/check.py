"""`nova-rft data check`: one file of records, by the rules of a technique."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.cli._findings import print_findings
from nova_rft.errors import UsageError


def check(
    file: Annotated[Path, typer.Argument(help="Records, JSON Lines (.gz, .zst).")],
    technique: Annotated[
        str, typer.Option(help="rft, sft, dpo, cpt or distillation.", show_default=True)
    ] = "rft",
    model: Annotated[
        str | None, typer.Option(help="The base model, for rules that need it.")
    ] = None,
    backend: Annotated[str, typer.Option(help="Where it is trained.")] = "bedrock",
    validation: Annotated[
        bool, typer.Option("--validation", help="A validation set: its size is free.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check a file of records; nothing is sent anywhere, and no line is skipped.

    Exit status 1 when a finding is an error. Example: nova-rft data check train.jsonl --technique sft
    --model amazon.nova-lite-v1:0:300k
    """
    from nova_rft.data import TECHNIQUES, Asked, check_records_of, file_source
    from nova_rft.data.check import Technique

    if technique not in TECHNIQUES:
        raise UsageError(f"--technique {technique} is not known; use {', '.join(TECHNIQUES)}")
    asked = Asked(
        technique=cast(Technique, technique), model=model, backend=backend, training=not validation
    )
    found = check_records_of(file_source(file), str(file), asked)
    if json:
        findings = [finding.as_dict() for finding in found.findings]
        print_json({"records": found.records, "findings": findings})
    else:
        print_findings(found.findings)
        out = console()
        out.print(f"{file}: {found.records:,} records", markup=False)
        count = len(found.findings)
        plural = "" if count == 1 else "s"
        out.print(f"[bold]{count:,} finding{plural}[/]" if count else "[green]No findings.[/]")
    if any(finding.severity == "error" for finding in found.findings):
        raise typer.Exit(1)
