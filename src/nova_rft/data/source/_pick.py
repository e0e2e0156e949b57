"""Which reader a file needs, by its name."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Final

from nova_rft.data.source._array import json_source
from nova_rft.data.source._lines_file import file_source
from nova_rft.data.source._source import LONGEST, Source
from nova_rft.data.source._tables import csv_source, parquet_source
from nova_rft.errors import UsageError

_COMPRESSED: Final = (".gz", ".zst", ".zstd")
_TABLES: Final = (".csv", ".tsv", ".parquet")


def suffix_of(path: str | Path) -> str:
    """The name's ending that says what the file holds, without that of its compression."""
    file = Path(path)
    return Path(file.stem).suffix.lower() if file.suffix in _COMPRESSED else file.suffix.lower()


def is_lines(path: str | Path) -> bool:
    """Whether a file is JSON Lines, which is all that the services take."""
    return suffix_of(path) not in (*_TABLES, ".json") and not Path(path).is_dir()


def record_source(path: str | Path, longest: int = LONGEST) -> Source:
    """The records of a file: JSON Lines, a JSON array (.json), CSV, TSV or Parquet; of a folder, all.

    Compressed where the name ends in `.gz` or `.zst`. The source raises UsageError where a file is
    missing or cannot be read.
    """
    if Path(path).is_dir():
        return _folder(Path(path), longest)
    match suffix_of(path):
        case ".json":
            return json_source(path, longest)
        case ".csv":
            return csv_source(path)
        case ".tsv":
            return csv_source(path, "\t")
        case ".parquet":
            return parquet_source(path)
    return file_source(path, longest)


def _folder(folder: Path, longest: int) -> Source:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if not files:
        raise UsageError(f"{folder}: holds no files")
    sources = [record_source(file, longest) for file in files]
    # Lines of many files have no number in common; the record's place among all says more.
    return lambda: (
        (place, raw)
        for place, (_, raw) in enumerate(chain.from_iterable(one() for one in sources), start=1)
    )
