"""A log of JSON Lines that is appended to, and read again after any end of the run that wrote it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

from nova_rft.data import json_lines, read_bytes_lines
from nova_rft.errors import UsageError

T = TypeVar("T")


def appending(file: Path) -> IO[bytes]:
    """The log, after a line that an earlier run could not finish."""
    stream = file.open("a+b")
    if stream.tell() and _last_byte(stream) != b"\n":
        stream.write(b"\n")
    return stream


def _last_byte(stream: IO[bytes]) -> bytes:
    stream.seek(-1, os.SEEK_END)
    return stream.read(1)


def logged(file: Path, of: Callable[[Mapping[str, Any]], T], what: str) -> Iterator[T]:
    """What earlier runs wrote; a last line that was cut off is as if it had not been asked.

    Args:
        file: The log; it need not be there.
        of: Reads one entry.
        what: What the log is of, for the error.

    Raises:
        UsageError: the file holds something else.
    """
    if not file.exists():
        return
    for line in json_lines(read_bytes_lines(file)):
        if isinstance(line.value, Mapping):
            try:
                entry = of(line.value)
            except (KeyError, TypeError, ValueError):
                raise UsageError(
                    f"{file}:{line.number}: no log of {what}; name another folder"
                ) from None
            yield entry
