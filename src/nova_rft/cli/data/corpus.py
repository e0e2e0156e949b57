"""`nova-rft data corpus`: documents made ready for continued pre-training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import JsonOption, console, print_json

if TYPE_CHECKING:
    from nova_rft.data.corpus import CorpusReport


def corpus(
    file: Annotated[Path, typer.Argument(help="What the corpus is made of, YAML.")] = Path(
        "corpus.yaml"
    ),
    out: Annotated[Path, typer.Option(help="The new folder.")] = Path("corpus"),
    runner: Annotated[
        str | None, typer.Option(help="embedded or ray, in place of the file's.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a corpus for CPT: read, filter, tell equal documents apart, cut, mix, write shards.

    Every document that goes is counted under its reason, and a few of each are kept to read.
    """
    from nova_rft.data.corpus import prepare_corpus
    from nova_rft.errors import UsageError
    from nova_rft.spec import Engine, load_corpus

    spec = load_corpus(file)
    if runner is not None:
        if runner not in ("embedded", "ray"):
            raise UsageError(f"--runner {runner} is not known; use embedded or ray")
        engine = Engine.model_validate({**spec.engine.model_dump(), "runner": runner})
        spec = spec.model_copy(update={"engine": engine})
    report = prepare_corpus(spec, file.parent, out, lambda step: console().print(f"{step} ..."))
    if json:
        print_json({**report.as_dict(), "folder": str(out)})
    else:
        _show(report, out)


def _show(report: CorpusReport, out: Path) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("source", overflow="fold")
    for title in ("documents", "kept", "chunks", "tokens (about)"):
        table.add_column(title, justify="right")
    for name, counts in report.sources.items():
        figures = (counts.documents, counts.kept, counts.chunks, counts.tokens)
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    console().print(table)
    for name, counts in report.sources.items():
        for reason, n in sorted(counts.dropped.items(), key=lambda one: -one[1]):
            console().print(f"{name}: {n:,} dropped: {reason}", markup=False)
        if counts.mixed_out:
            what = f"{name}: {counts.mixed_out:,} chunks left out, so that the weights hold"
            console().print(what, markup=False)
    console().print(
        f"{report.shards:,} shards in {out / 'shards'}; what went, to read: {out / 'dropped'}",
        markup=False,
        soft_wrap=True,
    )
