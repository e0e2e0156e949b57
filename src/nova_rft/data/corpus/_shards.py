"""Writing the corpus: shards of `{"text"}`, and beside each where its lines come from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, cast

from nova_rft.data.source import line_of
from nova_rft.errors import UsageError
from nova_rft.spec import Shards

_SUFFIX: Final = {"none": "", "gzip": ".gz", "zstd": ".zst"}
_MEGABYTE: Final = 1_000_000


def write_shards(rows: Iterable[Mapping[str, Any]], folder: Path, shards: Shards) -> int:
    """Writes `shards/part-00000.jsonl` and so on, and `provenance/part-00000.jsonl`; how many.

    Args:
        rows: With text, doc, chunk, source, tokens.
        folder: Is there, and empty.
        shards: How large, and how packed.

    Raises:
        UsageError: the library that packs is not installed.
    """
    most, written, count = shards.megabytes * _MEGABYTE, 0.0, 0
    for name in ("shards", "provenance"):
        (folder / name).mkdir()
    with ExitStack() as files:
        texts: IO[bytes] | None = None
        origins: IO[bytes] | None = None
        for row in rows:
            line = line_of({"text": row["text"]})
            if texts is None or origins is None or written + len(line) > most:
                files.close()
                name = f"part-{count:05d}.jsonl"
                packed = folder / "shards" / (name + _SUFFIX[shards.compress])
                texts = _opened(files, packed, shards.compress)
                origins = files.enter_context((folder / "provenance" / name).open("wb"))
                count, written = count + 1, 0.0
            texts.write(line)
            written += len(line)
            origin = {key: row[key] for key in ("doc", "chunk", "source", "tokens")}
            origins.write(json.dumps(origin, ensure_ascii=False).encode() + b"\n")
    return count


def _opened(files: ExitStack, path: Path, compress: str) -> IO[bytes]:
    stream = files.enter_context(path.open("wb"))
    if compress == "gzip":
        # Without name and time, so that the same corpus is the same bytes.
        packed = gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0)
        return cast(IO[bytes], files.enter_context(packed))
    if compress == "zstd":
        try:
            import zstandard
        except ImportError:
            raise UsageError(
                "compress: zstd needs a library; install it: pip install 'nova-rft[data]'"
            ) from None
        return cast(
            IO[bytes], files.enter_context(zstandard.ZstdCompressor().stream_writer(stream))
        )
    return stream
