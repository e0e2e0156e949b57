"""The plan's stages as Daft sees them: one function a stage, from table to table."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from nova_rft.data._language import language_of
from nova_rft.data.corpus._chunk import chunks_of, tokens_of
from nova_rft.data.corpus._engine import daft_module
from nova_rft.data.corpus._quality import quality_problem
from nova_rft.data.corpus._text import Document, documents, is_markdown
from nova_rft.errors import UsageError
from nova_rft.spec import CorpusSource, CorpusSpec

if TYPE_CHECKING:
    import daft

# Of two seeds made from one: what mixing keeps must not depend on the order.
_MIX_SEED: Final = 0x5EED
_WHOLE: Final = float(2**64)


def read(spec: CorpusSpec, folder: Path) -> daft.DataFrame:
    """doc, source, markdown, text, reason, detail: one row a document, with why it goes, if it does.

    Raises:
        UsageError: a source has no files.
    """
    tables = [
        _read_source(place, source, spec, folder) for place, source in enumerate(spec.sources)
    ]
    table = tables[0]
    for one in tables[1:]:
        table = table.concat(one)
    return table


def _read_source(
    place: int, source: CorpusSource, spec: CorpusSpec, folder: Path
) -> daft.DataFrame:
    daft = daft_module()
    remote = "://" in source.files
    pattern = source.files if remote else str(folder.resolve() / source.files)
    base = pattern.partition("*")[0].rpartition("/")[0]
    try:
        files = daft.from_glob_path(pattern, io_config=_io_config() if remote else None)
    except FileNotFoundError:
        raise UsageError(
            f"sources[{place}].files: nothing matches {source.files}; such as papers/**/*.md"
        ) from None

    @daft.func(return_dtype=_document_type(), unnest=True)
    def rows(path: str) -> Iterator[dict[str, Any]]:
        name = path.removeprefix("file://")
        for one in _documents(name, source, remote=remote):
            reason, detail = _judged(one, spec)
            yield {
                # Sources in their order, then files by name: the first of two equal ones stays.
                "doc": f"{place:03d}/{source.name}/{_below(name, base)}#{one.place:09d}",
                "markdown": is_markdown(name, source.format),
                "text": one.text,
                "reason": reason,
                "detail": detail,
            }

    return files.select(rows(daft.col("path"))).with_column("source", daft.lit(source.name))


def _document_type() -> Any:
    T = daft_module().DataType
    texts = {name: T.string() for name in ("doc", "text", "reason", "detail")}
    return T.struct({**texts, "markdown": T.bool()})


def _below(name: str, base: str) -> str:
    return str(PurePosixPath(name.removeprefix(base).lstrip("/")))


def _documents(name: str, source: CorpusSource, *, remote: bool) -> Iterator[Document]:
    if not remote:
        yield from documents(name, source.format, source.field)
        return
    # A copy on the worker: readers ask for names, and some read twice.
    with tempfile.TemporaryDirectory(prefix="nova-rft-") as scratch:
        copy = Path(scratch) / PurePosixPath(name).name
        file = daft_module().File(name, io_config=_io_config())
        with file.open() as far, copy.open("wb") as near:
            shutil.copyfileobj(far, near, 1 << 20)
        yield from documents(copy, source.format, source.field)


def _io_config() -> Any:
    daft = daft_module()
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint is None:
        return None
    s3 = daft.io.S3Config(
        endpoint_url=endpoint,
        region_name=os.environ.get("AWS_REGION"),
        force_virtual_addressing=False,
    )
    return daft.io.IOConfig(s3=s3)


def _judged(one: Document, spec: CorpusSpec) -> tuple[str, str]:
    """Why a document goes and what of it, both empty where it stays."""
    if one.dropped:
        return one.dropped, one.text
    if spec.languages:
        language = language_of(one.text)
        if language not in spec.languages:
            return "language", language
    problem = quality_problem(one.text, spec.quality) if spec.quality else ""
    return (f"quality.{problem}", "") if problem else ("", "")


def equal(kept: daft.DataFrame) -> daft.DataFrame:
    """doc, of: each document that says the same as an earlier one, by a hash of 64 bits."""
    from daft import col
    from daft.functions import hash as hash_of

    hashed = kept.select(col("doc"), hash_of(col("text")).alias("said"))
    first = hashed.groupby("said").agg(col("doc").min().alias("of"))
    return hashed.join(first, on="said").where(col("doc") != col("of")).select("doc", "of")


def cut(kept: daft.DataFrame, spec: CorpusSpec) -> daft.DataFrame:
    """doc, source, chunk, text, tokens, place (in the corpus), chance (that mixing asks of it)."""
    daft = daft_module()
    from daft.functions import concat
    from daft.functions import hash as hash_of

    T = daft.DataType
    row = T.struct({"chunk": T.int64(), "text": T.string(), "tokens": T.int64()})

    @daft.func(return_dtype=row, unnest=True)
    def pieces(text: str, markdown: bool) -> Iterator[dict[str, Any]]:
        for number, piece in enumerate(chunks_of(text, spec.chunks, markdown=markdown)):
            yield {"chunk": number, "text": piece, "tokens": tokens_of(piece)}

    col = daft.col
    chunks = kept.select(col("doc"), col("source"), pieces(col("text"), col("markdown")))
    key = concat(col("doc"), concat(daft.lit("/"), col("chunk").cast(T.string())))
    return chunks.with_columns(
        {
            "place": hash_of(key, seed=spec.seed),
            "chance": hash_of(key, seed=spec.seed ^ _MIX_SEED).cast(T.float64()) / _WHOLE,
        }
    )


def mixed(chunks: daft.DataFrame, kept: Mapping[str, float]) -> daft.DataFrame:
    """The chunks that stay, in their order.

    Args:
        chunks: As `cut` gives them.
        kept: For each source the share of it that stays.
    """
    daft = daft_module()
    shares = daft.from_pydict({"source": list(kept), "kept": list(kept.values())})
    col = daft.col
    return (
        chunks.join(shares, on="source")
        .where(col("chance") < col("kept"))
        # Places may be equal by chance; names are not.
        .sort(["place", "doc", "chunk"])
    )
