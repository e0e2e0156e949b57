"""`nova-rft data check`: one file of records, by the rules of a technique."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.cli._findings import print_findings
from nova_rft.cli.data._files import conversion, local, new_file
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.data import Asked, Finding, RecordCheck
    from nova_rft.data.check import Change
    from nova_rft.data.source import Conversion, Source


def check(
    file: Annotated[
        str,
        typer.Argument(
            help="JSON Lines (.gz, .zst), JSON, CSV, TSV, Parquet; a folder of them; or s3://..."
        ),
    ],
    technique: Annotated[
        str,
        typer.Option(help="rft, sft, dpo, cpt, distillation or evaluation.", show_default=True),
    ] = "rft",
    model: Annotated[
        str | None, typer.Option(help="The base model, for rules that need it.")
    ] = None,
    backend: Annotated[str, typer.Option(help="Where it is trained.")] = "bedrock",
    validation: Annotated[
        bool, typer.Option("--validation", help="It is a validation set, of any size.")
    ] = False,
    shape: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Convert first, as `data convert` does: chat, converse, columns, pairs or logs.",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="A column's name, such as prompt=question; may be repeated."),
    ] = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Also near duplicates, contradictions, languages and lengths."),
    ] = False,
    against: Annotated[
        str | None, typer.Option(help="The training file, to find prompts that are in both.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write what was found, with pictures, as HTML; with --deep.")
    ] = None,
    fix: Annotated[
        Path | None,
        typer.Option(help="Write a corrected copy here, with what needs no guess put right."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check a file of records; nothing is sent anywhere, and no line is skipped.

    Exit status 1 when a finding is an error.
    """
    from nova_rft.data import TECHNIQUES, Asked, check_records_of, record_source
    from nova_rft.data.check import Technique

    if technique not in TECHNIQUES:
        raise UsageError(f"--technique {technique} is not known; use {', '.join(TECHNIQUES)}")
    asked = Asked(
        technique=cast(Technique, technique), model=model, backend=backend, training=not validation
    )
    with ExitStack() as copies:
        path = copies.enter_context(local(file))
        wanted = conversion(shape or _shape(path, technique, columns), technique, columns)
        source = record_source(path)
        source = wanted.of(source) if wanted else source
        changes = _fixed(source, file, fix, asked) if fix else []
        name = str(fix or file)
        source = record_source(fix) if fix else source
        found = check_records_of(source, name, asked)
        found.findings += _format(path, file, technique, wanted, fix)
        train = record_source(copies.enter_context(local(against))) if against else None
        _look_deeper(found, source, train, name, asked, deep=deep, page=page)
    _show(found, changes, file, name, json=json, fixed=fix is not None)
    if any(finding.severity == "error" for finding in found.findings):
        raise typer.Exit(1)


def _shape(path: Path, technique: str, columns: list[str] | None) -> str | None:
    """What a table without nested values can only be."""
    from nova_rft.data.source import suffix_of

    if columns or suffix_of(path) not in (".csv", ".tsv") or technique == "cpt":
        return None
    return "pairs" if technique == "dpo" else "columns"


def _format(
    path: Path, file: str, technique: str, wanted: Conversion | None, fix: Path | None
) -> list[Finding]:
    """What a conversion left out, and that services would not take the file as it is."""
    from nova_rft.data import RULES, Finding
    from nova_rft.data.source import is_lines

    found = wanted.findings(file) if wanted else []
    if fix is None and (wanted or not is_lines(path)):
        what = (
            f"was converted to be checked; services take JSON Lines: nova-rft data convert {file} "
            f"--to {technique} --out {technique}.jsonl, with the same --from and --map"
        )
        rule = RULES["file.format"]
        found.append(Finding(file, 0, "", rule.id, rule.severity, what))
    return found


def _look_deeper(
    found: RecordCheck,
    source: Source,
    train: Source | None,
    file: str,
    asked: Asked,
    *,
    deep: bool,
    page: Path | None,
) -> None:
    """Adds what takes more than one record to see, and writes the page."""
    from nova_rft.data.check import contradictions, leaks, near_leaks, near_twice, profile_of

    if page is not None and not deep:
        raise UsageError("--page shows what --deep finds; give both")
    if deep and asked.technique == "dpo":
        found.findings += contradictions(source, file)
    if train is not None:
        found.findings += leaks(train, source, file)
    if deep:
        found.findings += near_twice(source, file, found.findings, answers=asked.technique == "sft")
        if train is not None:
            found.findings += near_leaks(train, source, file, found.findings)
    if page is not None:
        from nova_rft.report import write_data_page

        write_data_page(profile_of(source), found.findings, file, asked.technique, page)
        console().print(f"page: {page}", markup=False, soft_wrap=True)


def _show(
    found: RecordCheck, changes: list[Change], file: str, name: str, *, json: bool, fixed: bool
) -> None:
    if json:
        findings = [finding.as_dict() for finding in found.findings]
        more = {"changes": [asdict(change) for change in changes]} if fixed else {}
        print_json({"records": found.records, "findings": findings, **more})
        return
    out = console()
    for change in changes:
        what = f"changed {file}:{change.line}: {change.what} [{change.rule}]"
        out.print(what, markup=False, soft_wrap=True)
    print_findings(found.findings)
    out.print(f"{name}: {found.records:,} records", markup=False)
    count = len(found.findings)
    plural = "" if count == 1 else "s"
    out.print(f"[bold]{count:,} finding{plural}[/]" if count else "[green]No findings.[/]")


def _fixed(source: Source, file: str, out: Path, asked: Asked) -> list[Change]:
    """Writes the corrected copy, whole or not at all; what was changed."""
    from nova_rft.data.check import CannotCopy, fixed_lines

    if out.suffix in (".gz", ".zst", ".zstd"):
        raise UsageError(f"{out}: a corrected copy is written plain; name a .jsonl file")
    changes: list[Change] = []
    try:
        with new_file(out) as stream:
            for line, changed in fixed_lines(source, file, asked):
                stream.write(line)
                changes += changed
    except CannotCopy as problem:
        raise UsageError(str(problem)) from None
    return changes
