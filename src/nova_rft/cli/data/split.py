"""`nova-rft data split`: a training and a validation set that stay apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.cli.data._files import local, new_file, rows


def split(
    file: Annotated[
        str, typer.Argument(help="JSON Lines (.gz, .zst), JSON, CSV, Parquet, or s3://...")
    ],
    train: Annotated[Path, typer.Option(help="The new training file.")] = Path("train.jsonl"),
    validation: Annotated[Path, typer.Option(help="The new validation file.")] = Path(
        "validation.jsonl"
    ),
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share that is held out.")] = 0.1,
    by: Annotated[
        str | None, typer.Option(help="A field whose equal values stay on one side.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Split records by a hash: the same on every machine; records of one prompt stay together."""
    from nova_rft.data import record_source
    from nova_rft.data.prepare import part_of
    from nova_rft.data.source import line_of

    counts = {"train": 0, "validation": 0}
    with local(file) as path, new_file(train) as kept, new_file(validation) as held_out:
        for _, row in rows(record_source(path), file):
            inside = part_of(row, share, by)
            (held_out if inside else kept).write(line_of(row))
            counts["validation" if inside else "train"] += 1
    if json:
        print_json(counts)
    else:
        console().print(
            f"{train}: {counts['train']:,} records\n{validation}: {counts['validation']:,} records",
            markup=False,
        )
