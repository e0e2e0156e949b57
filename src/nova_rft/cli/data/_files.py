"""Reading rows and writing records for `nova-rft data`: line by line, whole files or none."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nova_rft.errors import UsageError


def rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object of a file with its line: JSON Lines (.gz, .zst), or CSV with a head.

    Raises:
        UsageError: the file is missing, or a line holds no object; nothing is skipped.
    """
    from nova_rft.data import json_lines
    from nova_rft.data.check import TooLong, raw_lines

    if file.suffix == ".csv":
        yield from _csv(file)
        return

    def lines() -> Iterator[bytes]:
        for number, raw in enumerate(raw_lines(file), start=1):
            if isinstance(raw, TooLong):
                raise UsageError(
                    f"{file}:{number}: the line is too long to be read; split it first"
                )
            yield raw

    for line in json_lines(lines()):
        if line.problem or not isinstance(line.value, dict):
            raise UsageError(f"{file}:{line.number}: {line.problem or 'holds no object'}")
        yield line.number, line.value


def _csv(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            for row in reader:
                if None in row or None in row.values():
                    what = "has another number of columns than the head"
                    raise UsageError(f"{file}:{reader.line_num}: {what}")
                yield reader.line_num, row
    except FileNotFoundError:
        raise UsageError(f"{file}: no such file; name an existing one") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as CSV: {error}") from None


@contextmanager
def new_file(out: Path) -> Iterator[IO[bytes]]:
    """A file that appears whole, or not at all; one that is there is not replaced.

    Raises:
        UsageError: there is one already.
    """
    if out.exists():
        raise UsageError(f"{out}: is there already; name a new file")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.rename(out)
    finally:
        partial.unlink(missing_ok=True)


def line_of(record: dict[str, Any]) -> bytes:
    """A record as one line of JSON."""
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
