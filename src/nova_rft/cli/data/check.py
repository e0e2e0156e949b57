"""`nova-rft data check`: one file of records, by the rules of a technique."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.cli._findings import print_findings
from nova_rft.cli.data._files import new_file
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.data import Asked
    from nova_rft.data.check import Change


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
    deep: Annotated[
        bool, typer.Option("--deep", help="Also look for preferences that contradict each other.")
    ] = False,
    against: Annotated[
        Path | None, typer.Option(help="The training file, to find prompts that are in both.")
    ] = None,
    fix: Annotated[
        Path | None,
        typer.Option(help="Write a corrected copy here, with what needs no guess put right."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check a file of records; nothing is sent anywhere, and no line is skipped.

    Exit status 1 when a finding is an error. Example: nova-rft data check train.jsonl --technique sft
    --model amazon.nova-lite-v1:0:300k
    """
    from nova_rft.data import TECHNIQUES, Asked, check_records_of, file_source
    from nova_rft.data.check import Technique, contradictions, leaks

    if technique not in TECHNIQUES:
        raise UsageError(f"--technique {technique} is not known; use {', '.join(TECHNIQUES)}")
    asked = Asked(
        technique=cast(Technique, technique), model=model, backend=backend, training=not validation
    )
    changes = _fixed(file, fix, asked) if fix else []
    looked_at = fix or file
    source = file_source(looked_at)
    found = check_records_of(source, str(looked_at), asked)
    if deep and technique == "dpo":
        found.findings += contradictions(source, str(looked_at))
    if against:
        found.findings += leaks(file_source(against), source, str(looked_at))
    if json:
        findings = [finding.as_dict() for finding in found.findings]
        fixed = {"changes": [asdict(change) for change in changes]} if fix else {}
        print_json({"records": found.records, "findings": findings, **fixed})
    else:
        out = console()
        for change in changes:
            what = f"changed {file}:{change.line}: {change.what} [{change.rule}]"
            out.print(what, markup=False, soft_wrap=True)
        print_findings(found.findings)
        out.print(f"{looked_at}: {found.records:,} records", markup=False)
        count = len(found.findings)
        plural = "" if count == 1 else "s"
        out.print(f"[bold]{count:,} finding{plural}[/]" if count else "[green]No findings.[/]")
    if any(finding.severity == "error" for finding in found.findings):
        raise typer.Exit(1)


def _fixed(file: Path, out: Path, asked: Asked) -> list[Change]:
    """Writes the corrected copy, whole or not at all; what was changed."""
    from nova_rft.data import file_source
    from nova_rft.data.check import CannotCopy, fixed_lines

    if out.suffix in (".gz", ".zst", ".zstd"):
        raise UsageError(f"{out}: a corrected copy is written plain; name a .jsonl file")
    changes: list[Change] = []
    try:
        with new_file(out) as stream:
            for line, changed in fixed_lines(file_source(file), str(file), asked):
                stream.write(line)
                changes += changed
    except CannotCopy as problem:
        raise UsageError(str(problem)) from None
    return changes
