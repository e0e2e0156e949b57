"""`nova-rft data convert`: records in another shape or format, and what has no place there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.cli.data._files import conversion, local, new_file, rows
from nova_rft.errors import UsageError


def convert(
    file: Annotated[
        str,
        typer.Argument(
            help="JSON Lines (.gz, .zst), JSON, CSV, TSV, Parquet; a folder of them; or s3://..."
        ),
    ],
    target: Annotated[
        str, typer.Option("--to", help="rft, sft, dpo, cpt, distillation or evaluation.")
    ],
    out: Annotated[Path, typer.Option(help="The new file, JSON Lines.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="chat, converse, columns, pairs or logs; left out, records of --to already.",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="A column's name, such as prompt=question; may be repeated."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Convert records between shapes; whatever has no place in the target is counted and named."""
    from nova_rft.data import record_source
    from nova_rft.data.source import line_of

    wanted = conversion(source, target, columns)
    records = 0
    with local(file) as path, new_file(out) as stream:
        read = record_source(path)
        for number, row in rows(wanted.of(read) if wanted else read, file):
            if wanted is None and not records:
                _is_one(row, target, f"{file}:{number}")
            stream.write(line_of(row))
            records += 1
    lost = dict(wanted.lost) if wanted else {}
    left_out = dict(wanted.left_out) if wanted else {}
    if json:
        print_json({"records": records, "lost": lost, "left_out": left_out, "file": str(out)})
        return
    console().print(f"{out}: {records:,} records", markup=False)
    for what, counts in (("no place for", lost), ("left out:", left_out)):
        for name, count in sorted(counts.items(), key=lambda one: -one[1]):
            console().print(f"{what} {name}: {count:,} records", markup=False)


def _is_one(row: dict[str, Any], target: str, place: str) -> None:
    """Refuses to pass on as a record of a kind what is none."""
    from nova_rft.data.check import TECHNIQUES, Asked, record_problems

    technique = next((one for one in TECHNIQUES if one == target), None)
    if technique is None:
        raise UsageError(f"--to {target}: write {', '.join(TECHNIQUES)}")
    wrong = record_problems(row, Asked(technique, training=False))
    if wrong:
        _, rule, what = wrong[0]
        raise UsageError(
            f"{place} is no record for {target} ({rule}: {what}); say what it is with --from chat, "
            "converse, columns, pairs or logs"
        )
