"""JSON Lines: numbered lines as bytes, never longer than a limit, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from nova_rft.data._open import opened
from nova_rft.data.source._source import LONGEST, Source, Unread, too_long

_CHUNK: Final = 1 << 20


def file_source(path: str | Path, longest: int = LONGEST) -> Source:
    """A file's lines with their ends, decompressed where the name ends in `.gz` or `.zst`.

    The source raises UsageError where the file is missing, unreadable, or not compressed as its name
    says.
    """
    return lambda: enumerate(_lines(path, longest), start=1)


def _lines(path: str | Path, longest: int) -> Iterator[bytes | Unread]:
    with opened(path) as stream:
        while line := stream.readline(longest + 1):
            if len(line) > longest and not line.endswith(b"\n"):
                yield too_long(len(line) + _rest_of(stream))
            else:
                yield line


def _rest_of(stream: IO[bytes]) -> int:
    """Reads on to the line's end, without keeping it."""
    length = 0
    while chunk := stream.readline(_CHUNK):
        length += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return length
