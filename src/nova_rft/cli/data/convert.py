"""`nova-rft data convert`: records in another shape, and what has no place there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from nova_rft.cli._common import JsonOption, console, print_json
from nova_rft.cli.data._files import line_of, new_file, rows
from nova_rft.errors import UsageError

_PLACE = re.compile(r"\[\d+\]")


def convert(
    file: Annotated[Path, typer.Argument(help="JSON Lines (.gz, .zst) or CSV.")],
    source: Annotated[str, typer.Option("--from", help="chat, converse, columns or pairs.")],
    target: Annotated[str, typer.Option("--to", help="rft, sft, dpo or cpt.")],
    out: Annotated[Path, typer.Option(help="The new file, JSON Lines.")],
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="A column's name, such as prompt=question.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Convert records between shapes; whatever has no place in the target is counted and named.

    Example: nova-rft data convert questions.csv --from columns --map prompt=question
    --map completion=answer --to rft --out train.jsonl
    """
    from nova_rft.data.prepare import SHAPES, TARGETS, Unconvertible
    from nova_rft.data.prepare import convert as converted

    if source not in SHAPES or target not in TARGETS:
        raise UsageError(
            f"--from takes {', '.join(SHAPES)} and --to takes {', '.join(TARGETS)}; "
            f"{source} to {target} is not known"
        )
    names = _names(columns or [])
    lost: Counter[str] = Counter()
    records = 0
    with new_file(out) as stream:
        for line, row in rows(file):
            try:
                made = converted(row, source, target, names)
            except Unconvertible as problem:
                raise UsageError(f"{file}:{line}: {problem}") from None
            stream.write(line_of(made.record))
            lost.update({_PLACE.sub("[]", path) for path in made.lost})
            records += 1
    if json:
        print_json({"records": records, "lost": dict(lost), "file": str(out)})
        return
    console().print(f"{out}: {records:,} records", markup=False)
    for path, count in lost.most_common():
        console().print(f"no place for {path}: {count:,} records", markup=False)


def _names(given: list[str]) -> dict[str, str]:
    wrong = [entry for entry in given if not all(entry.partition("="))]
    if wrong:
        raise UsageError(f"--map {wrong[0]}: write it as prompt=COLUMN")
    return {key: name for key, _, name in (entry.partition("=") for entry in given)}
