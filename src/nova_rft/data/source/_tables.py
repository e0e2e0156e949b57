"""Tables of records, CSV and Parquet: each row an object, in flat memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nova_rft.data._open import opened
from nova_rft.data.source._source import LONGEST, Numbered, Source, Unread
from nova_rft.errors import UsageError

_BATCH: Final = 1_000


def csv_source(path: str | Path, delimiter: str = ",") -> Source:
    """The rows of a CSV file with a head; each has the line at which it ends."""
    return lambda: _csv(path, delimiter)


def parquet_source(path: str | Path) -> Source:
    """The rows of a Parquet file, numbered from 1; what is null in a row is not there."""
    return lambda: _parquet(Path(path))


def _csv(path: str | Path, delimiter: str) -> Iterator[Numbered]:
    csv.field_size_limit(LONGEST)
    with opened(path) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        reader = csv.reader(text, strict=True, delimiter=delimiter)
        try:
            head = next(reader, [])
            twice = {name for name in head if head.count(name) > 1}
            if twice:
                yield 1, Unread("table.row", f"names the column {sorted(twice)[0]!r} twice")
                return
            for row in reader:
                if not row:
                    continue
                if len(row) != len(head):
                    what = f"has {len(row)} columns, and the head {len(head)}; quote its commas"
                    yield reader.line_num, Unread("table.row", what)
                else:
                    yield reader.line_num, _json(dict(zip(head, row, strict=True)))
        except UnicodeDecodeError as error:
            what = f"is not UTF-8 ({error.reason}); what follows was not read"
            yield reader.line_num + 1, Unread("file.encoding", what)
        except csv.Error as error:
            what = f"is no CSV ({error}); what follows was not read"
            yield reader.line_num, Unread("table.row", what)


def _parquet(path: Path) -> Iterator[Numbered]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError(
            f"{path}: reading Parquet needs a library; install it: pip install 'nova-rft[data]'"
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield number, _row(row)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; name an existing one") from None
    except (pyarrow.ArrowException, OSError) as error:
        raise UsageError(f"{path}: cannot be read as Parquet: {error}") from None


def _row(row: Mapping[str, Any]) -> bytes | Unread:
    try:
        return _json(_without_null(row))
    except (TypeError, ValueError) as error:
        return Unread("table.row", f"holds what JSON has not: {error}")


def _json(row: Any) -> bytes:
    text = json.dumps(row, ensure_ascii=False, allow_nan=False, default=_plain)
    return text.encode("utf-8", "surrogatepass")


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        raise TypeError("bytes; make the column a text")
    return str(value)


def _without_null(value: Any) -> Any:
    """A table has every key in every row; null says that it is not there."""
    if isinstance(value, Mapping):
        return {key: _without_null(one) for key, one in value.items() if one is not None}
    return [_without_null(one) for one in value] if isinstance(value, list) else value
